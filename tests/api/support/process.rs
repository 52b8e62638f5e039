//! The real binary, as somebody runs it at home: started, killed, asked on its command line.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use reqwest::Method;
use tempfile::TempDir;

use super::{Client, Person, database::Database, eventually};

/// The path of the program under test.
pub const LOQUAT: &str = env!("CARGO_BIN_EXE_loquat");

/// A folder, a database and a free port for a server of its own process.
pub struct Process {
    child: Option<Child>,
    pub port: u16,
    pub client: Client,
    settings: Vec<(&'static str, String)>,
    database: Database,
    directory: TempDir,
}

impl Process {
    /// Prepares everything and starts nothing.
    pub async fn prepare() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::create(directory.path()).await;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = vec![
            ("DATABASE_URL", database.url.clone()),
            ("DATA_DIR", directory.path().display().to_string()),
            ("HOST", "127.0.0.1".to_owned()),
            ("PORT", port.to_string()),
        ];
        let client = Client::new(&format!("http://127.0.0.1:{port}"));
        Self { child: None, port, client, settings, database, directory }
    }

    /// Prepares a server and starts it.
    pub async fn start() -> Self {
        let mut process = Self::prepare().await;
        process.launch().await;
        process
    }

    /// Starts the server and waits until it is ready.
    pub async fn launch(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = self.command(&["serve"]);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().expect("the binary starts"));
        let client = self.client.clone();
        eventually("the server is ready", async || {
            let answer = client.request(Method::GET, "/health/ready").send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Kills the server as the machine's worst moment would: SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server ends");
        }
    }

    /// The program with `arguments` and this server's settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare_command(LOQUAT, self.directory.path());
        command.args(arguments).envs(self.settings.iter().map(|(name, value)| (*name, value)));
        command
    }

    /// Runs the program with `arguments` and this server's settings, to its end.
    pub async fn run(&self, arguments: &[&str]) -> Finished {
        run(self.command(arguments)).await
    }

    /// Registers somebody called `name`.
    pub async fn person(&self, name: &str) -> Person {
        Person::register(&self.client, name).await
    }

    /// The database of this server.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The folder of this server.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What the server has printed so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("server.out")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("the server said:\n{}", self.log());
        }
    }
}

/// A program that ended.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// What it printed, after success.
    #[track_caller]
    pub fn output(&self) -> &str {
        assert!(self.status.success(), "it failed: {self:#?}");
        &self.stdout
    }

    /// What it said, after failure.
    #[track_caller]
    pub fn complaint(&self) -> &str {
        assert!(!self.status.success(), "it succeeded: {self:#?}");
        &self.stderr
    }
}

/// A command with an environment of its own, in `directory`, so that no `.env` nor setting of the developer counts.
pub fn bare_command(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).env_clear().stdin(Stdio::null());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", directory);
    command
}

/// Runs `command` to its end, and kills it after two minutes.
pub async fn run(mut command: Command) -> Finished {
    let directory = tempfile::tempdir().unwrap();
    let (stdout, stderr) = (directory.path().join("stdout"), directory.path().join("stderr"));
    command.stdout(File::create(&stdout).unwrap()).stderr(File::create(&stderr).unwrap());
    let mut child = command.spawn().expect("the program starts");
    let deadline = tokio::time::Instant::now() + Duration::from_mins(2);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if tokio::time::Instant::now() > deadline {
            child.kill().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let read = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    Finished { status, stdout: read(stdout), stderr: read(stderr) }
}

/// The name and the password that `loquat seed` prints: `Log in as NAME with the password PASSWORD`.
pub fn seeded_login(output: &str) -> (String, String) {
    let line = output.lines().find(|line| line.contains("Log in as ")).expect("it says how to log in");
    let (_, login) = line.split_once("Log in as ").unwrap();
    let (name, password) = login.split_once(" with the password ").expect("name and password");
    (name.to_owned(), password.trim_end_matches('.').to_owned())
}
