// The playground: an editor, a request, an answer, and a tour of four steps.
// Tokens live in the page only and are gone when it is closed.
"use strict";

const $ = (id) => document.getElementById(id);
const DRAFT = "loquat-playground";

const person = `guest-${Math.random().toString(36).slice(2, 8)}`;
const password = `${crypto.getRandomValues(new Uint32Array(3)).join("-")}`;

const TOUR = {
  register: {
    query: `mutation Register($input: RegisterInput!) {
  register(input: $input) {
    message
    user { id username }
    accessToken
    accessTokenExpiresAt
    refreshToken
  }
}`,
    variables: () => ({ input: { username: person, email: `${person}@example.org`, password } }),
  },
  login: {
    query: `mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    message
    user { id username }
    accessToken
    accessTokenExpiresAt
    refreshToken
  }
}`,
    variables: () => ({ input: { identifier: person, password } }),
  },
  send: {
    query: `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) {
    message { id content createdAt }
    conversation { id title kind }
  }
}`,
    before: conversation,
    variables: (id) => ({ input: { to: { conversationId: id }, content: "Hello, loquat!" } }),
  },
  read: {
    query: `query Read {
  viewer { user { username } email }
  conversations(first: 5) {
    nodes {
      id
      title
      unreadCount
      messages(last: 10) {
        nodes { id content createdAt sender { username } }
      }
    }
  }
}`,
    variables: () => ({}),
  },
};

/** A conversation to write to: the latest one, or one with the first person there is, who is made up if need be. */
async function conversation() {
  const mine = await post({ query: "{ conversations(first: 1) { nodes { id } } }" });
  const latest = mine.body?.data?.conversations?.nodes?.[0]?.id;
  if (latest) return latest;
  const others = await post({ query: "{ users(first: 1) { nodes { id } } }" });
  const other = others.body?.data?.users?.nodes?.[0]?.id ?? (await companion());
  const made = await post({
    query: `mutation ($input: CreateConversationInput!) {
      createConversation(input: $input) { conversation { id } }
    }`,
    variables: { input: { participantIds: [other], title: "Playground" } },
  });
  return made.body?.data?.createConversation?.conversation?.id ?? "";
}

/** Somebody to write to on a server that has nobody else yet. */
async function companion() {
  const username = `${person}.friend`;
  const input = { username, email: `${username}@example.org`, password };
  const query = TOUR.register.query;
  const made = await post({ query, variables: { input } });
  return made.body?.data?.register?.user?.id;
}

/** Sends one operation. */
async function post(operation) {
  const headers = {
    "content-type": "application/json",
    accept: "application/graphql-response+json, application/json;q=0.9",
    ...parsed("headers"),
  };
  const token = $("token").value.trim();
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(operation) });
  const text = await answer.text();
  let body;
  try { body = JSON.parse(text); } catch { body = undefined; }
  return { status: answer.status, text, body };
}

/** The JSON object in a field; nothing is an empty one. */
function parsed(id) {
  const text = $(id).value.trim();
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The ${id} are not JSON: ${error.message}`);
  }
}

async function run() {
  $("run").disabled = true;
  const started = performance.now();
  try {
    const answer = await post({ query: $("query").value, variables: parsed("variables") });
    const time = Math.round(performance.now() - started);
    const failed = answer.status !== 200 || Boolean(answer.body?.errors);
    show(answer.body ? JSON.stringify(answer.body, null, 2) : answer.text, `${answer.status} · ${time} ms`, failed);
    takeOver(answer.body);
  } catch (error) {
    show(error.message, "not sent", true);
  } finally {
    $("run").disabled = false;
  }
}

function show(text, status, failed) {
  $("response").textContent = text;
  $("status").textContent = status;
  $("status").className = failed ? "bad" : "good";
}

/** Whoever registers or logs in goes on with their token. */
function takeOver(body) {
  for (const field of Object.values(body?.data ?? {})) {
    if (typeof field?.accessToken === "string") $("token").value = field.accessToken;
  }
}

async function step(name) {
  const { query, variables, before } = TOUR[name];
  try {
    const found = before ? await before() : undefined;
    $("query").value = query;
    $("variables").value = JSON.stringify(variables(found), null, 2);
    keep();
    await run();
  } catch (error) {
    show(error.message, "not sent", true);
  }
}

function keep() {
  const draft = { query: $("query").value };
  try { sessionStorage.setItem(DRAFT, JSON.stringify(draft)); } catch { /* a browser that keeps nothing */ }
}

function restore() {
  let draft = {};
  try { draft = JSON.parse(sessionStorage.getItem(DRAFT)) ?? {}; } catch { /* nothing kept */ }
  $("query").value = draft.query ?? "query Server {\n  server {\n    version\n    now\n  }\n}\n";
  $("variables").value = "{}";
}

restore();
$("run").addEventListener("click", run);
$("forget").addEventListener("click", () => { $("token").value = ""; });
$("query").addEventListener("input", keep);
for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => step(button.dataset.step));
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
