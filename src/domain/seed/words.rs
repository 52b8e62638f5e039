//! What made-up people are called and what they say.
//!
//! Lists and nothing else. In a sentence, `{hour}`, `{day}`, `{place}`, `{thing}` and `{number}` are blanks that
//! `speech` fills in; no sentence holds an `@`, which would be a mention.

/// The names and sentences of one language.
pub(super) struct Language {
    /// First names: as their owners write them, and in ASCII.
    pub(super) first: &'static [(&'static str, &'static str)],
    /// Last names likewise.
    pub(super) last: &'static [(&'static str, &'static str)],
    /// What a message is made of.
    pub(super) sentences: &'static [&'static str],
    /// Whole messages of a word or two.
    pub(super) short: &'static [&'static str],
}

/// All languages; the first one is spoken most.
pub(super) static LANGUAGES: [&Language; 11] = [
    &ENGLISH,
    &ENGLISH,
    &ENGLISH,
    &SPANISH,
    &GERMAN,
    &FRENCH,
    &PORTUGUESE,
    &RUSSIAN,
    &JAPANESE,
    &ARABIC,
    &HINDI,
];

/// What the first of the people speaks.
pub(super) static ENGLISH: Language = Language {
    first: &[
        ("Alice", "alice"),
        ("Amelia", "amelia"),
        ("Ben", "ben"),
        ("Charlotte", "charlotte"),
        ("Daniel", "daniel"),
        ("Edith", "edith"),
        ("Frank", "frank"),
        ("Grace", "grace"),
        ("Hannah", "hannah"),
        ("Isaac", "isaac"),
        ("Jack", "jack"),
        ("Kate", "kate"),
        ("Liam", "liam"),
        ("Mia", "mia"),
        ("Noah", "noah"),
        ("Olivia", "olivia"),
        ("Peter", "peter"),
        ("Rosie", "rosie"),
        ("Sam", "sam"),
        ("Tess", "tess"),
        ("Will", "will"),
        ("Zoë", "zoe"),
    ],
    last: &[
        ("Adeyemi", "adeyemi"),
        ("Baker", "baker"),
        ("Carter", "carter"),
        ("Davies", "davies"),
        ("Edwards", "edwards"),
        ("Fletcher", "fletcher"),
        ("Green", "green"),
        ("Hughes", "hughes"),
        ("Irving", "irving"),
        ("Kelly", "kelly"),
        ("Lewis", "lewis"),
        ("Murphy", "murphy"),
        ("Nguyen", "nguyen"),
        ("O’Brien", "obrien"),
        ("Patel", "patel"),
        ("Quinn", "quinn"),
        ("Reid", "reid"),
        ("Singh", "singh"),
        ("Turner", "turner"),
        ("Walsh", "walsh"),
    ],
    sentences: &[
        "Are we still on for {day} at {hour}:30?",
        "I left the {thing} at the {place}, can somebody pick it up?",
        "Running ten minutes late, start without me.",
        "Has anybody seen the {thing}?",
        "The {place} is closed until {day}, so let's meet at {hour}.",
        "That was the best {thing} I have had all year.",
        "I'll send the pictures from the {place} tonight.",
        "Could you bring the {thing} on {day}?",
        "We need {number} more chairs and a second {thing}.",
        "The new version is out, and the {thing} finally works.",
        "Just booked the {place} for {number} people.",
        "I can't make it on {day}, sorry!",
        "Do you remember what we paid for the {thing} last time?",
        "It rained all the way to the {place} and it was still worth it.",
        "My train gets in at {hour}:10, platform {number}.",
        "Let me check with the others and get back to you.",
        "The review is done, I had {number} small remarks.",
        "Who is cooking on {day}?",
        "I think we should move the meeting to {hour}.",
        "Happy birthday!",
        "Please don't forget the keys to the {place}.",
        "The build is green again after {number} attempts.",
        "Found it: it was behind the {thing} all along.",
        "Can we talk about this on {day} instead?",
        "There are {number} of us now, so we need a bigger table.",
        "Somebody ate my {thing} and I will find out who.",
        "No worries, take your time.",
        "I put the notes from {day} into the folder.",
        "The dog has opinions about the {thing}.",
        "What a match, I have lost my voice.",
    ],
    short: &[
        "ok",
        "yes!",
        "haha",
        "on my way",
        "sounds good",
        "no idea",
        "thanks!",
        "me too",
        "wow",
        "see you",
    ],
};

static SPANISH: Language = Language {
    first: &[
        ("María", "maria"),
        ("José", "jose"),
        ("Lucía", "lucia"),
        ("Andrés", "andres"),
        ("Inés", "ines"),
        ("Íñigo", "inigo"),
        ("Carmen", "carmen"),
        ("Raúl", "raul"),
    ],
    last: &[
        ("García", "garcia"),
        ("Núñez", "nunez"),
        ("Fernández", "fernandez"),
        ("Ibáñez", "ibanez"),
        ("Romero", "romero"),
        ("Vargas", "vargas"),
        ("Peña", "pena"),
        ("Castillo", "castillo"),
    ],
    sentences: &[
        "¿Quedamos a las {hour}:30 delante del cine?",
        "Mañana no puedo, pero el viernes sí.",
        "¡Qué alegría verte por aquí!",
        "He reservado mesa para {number} personas.",
        "¿Alguien sabe dónde están las llaves?",
        "El autobús llega con {number} minutos de retraso.",
        "Te mando las fotos esta noche.",
        "Hace un calor que no se puede dormir.",
        "Me parece muy bien, adelante.",
        "¿Quién trae el postre?",
    ],
    short: &["vale", "jajaja", "¡claro que sí!", "ni idea", "gracias", "¿en serio?", "ya voy"],
};

static GERMAN: Language = Language {
    first: &[
        ("Jörg", "joerg"),
        ("Anneliese", "anneliese"),
        ("Käthe", "kaethe"),
        ("Lukas", "lukas"),
        ("Sören", "soeren"),
        ("Greta", "greta"),
        ("Jürgen", "juergen"),
        ("Heike", "heike"),
    ],
    last: &[
        ("Müller", "mueller"),
        ("Weiß", "weiss"),
        ("Schäfer", "schaefer"),
        ("Krüger", "krueger"),
        ("Vogel", "vogel"),
        ("Böhm", "boehm"),
        ("Lehmann", "lehmann"),
        ("Groß", "gross"),
    ],
    sentences: &[
        "Treffen wir uns um {hour} Uhr am Bahnhof?",
        "Ich habe die Unterlagen gerade hochgeladen.",
        "Der Zug hat schon wieder {number} Minuten Verspätung.",
        "Kann jemand am Samstag beim Umzug helfen?",
        "Das klingt nach einem guten Plan.",
        "Wer bringt den Kuchen mit?",
        "Die Straße ist gesperrt, fahrt lieber außen herum.",
        "Ich melde mich, sobald ich mehr weiß.",
        "Schöne Grüße von der Ostsee!",
        "Bitte denkt an die Schlüssel.",
    ],
    short: &["passt", "na klar", "danke dir", "keine Ahnung", "bin unterwegs", "schön!", "echt jetzt?"],
};

static FRENCH: Language = Language {
    first: &[
        ("Élodie", "elodie"),
        ("François", "francois"),
        ("Zoé", "zoe"),
        ("Benoît", "benoit"),
        ("Noémie", "noemie"),
        ("Loïc", "loic"),
        ("Chloé", "chloe"),
        ("Gaëlle", "gaelle"),
    ],
    last: &[
        ("Lefèvre", "lefevre"),
        ("Moreau", "moreau"),
        ("Dubois", "dubois"),
        ("Béranger", "beranger"),
        ("Garnier", "garnier"),
        ("Rousseau", "rousseau"),
        ("Lemaître", "lemaitre"),
        ("Chevalier", "chevalier"),
    ],
    sentences: &[
        "On se retrouve à {hour} h devant le musée ?",
        "J’ai oublié mon parapluie chez toi.",
        "Le train de {hour} h 12 est annulé, encore une fois.",
        "Quelqu’un a des nouvelles de Noël ?",
        "C’était délicieux, merci pour hier soir !",
        "Je t’envoie l’adresse tout de suite.",
        "Il reste {number} places, dépêchez-vous.",
        "Ça marche pour moi.",
        "Désolé, je suis coincé dans les embouteillages.",
        "Qui apporte le fromage ?",
    ],
    short: &["d’accord", "mdr", "ça roule", "aucune idée", "merci !", "j’arrive", "ah bon ?"],
};

static PORTUGUESE: Language = Language {
    first: &[
        ("João", "joao"),
        ("Conceição", "conceicao"),
        ("Inês", "ines"),
        ("Tiago", "tiago"),
        ("Luís", "luis"),
        ("Beatriz", "beatriz"),
        ("Simão", "simao"),
        ("Lara", "lara"),
    ],
    last: &[
        ("Araújo", "araujo"),
        ("Gonçalves", "goncalves"),
        ("Magalhães", "magalhaes"),
        ("Pereira", "pereira"),
        ("Simões", "simoes"),
        ("Teixeira", "teixeira"),
        ("Brandão", "brandao"),
        ("Lima", "lima"),
    ],
    sentences: &[
        "A reunião ficou para as {hour}h.",
        "Alguém quer café?",
        "Não consigo abrir o ficheiro que mandaste.",
        "O jogo foi incrível, que golo!",
        "Chego daqui a {number} minutos.",
        "Vamos à praia no domingo?",
        "Obrigado pela ajuda com a mudança.",
        "Esqueci-me do carregador outra vez.",
        "Parabéns, muitas felicidades!",
        "Está tudo combinado com a avó.",
    ],
    short: &["está bem", "kkkk", "boa!", "não sei", "obrigada", "já vou", "a sério?"],
};

static RUSSIAN: Language = Language {
    first: &[
        ("Анна", "anna"),
        ("Дмитрий", "dmitry"),
        ("Елена", "elena"),
        ("Игорь", "igor"),
        ("Мария", "mariya"),
        ("Олег", "oleg"),
        ("Светлана", "svetlana"),
        ("Юрий", "yuri"),
    ],
    last: &[
        ("Бондаренко", "bondarenko"),
        ("Волк", "volk"),
        ("Гончар", "gonchar"),
        ("Журавель", "zhuravel"),
        ("Коваль", "koval"),
        ("Мельник", "melnik"),
        ("Соловей", "solovey"),
        ("Шевченко", "shevchenko"),
    ],
    sentences: &[
        "Встречаемся в {hour}:30 у входа в парк?",
        "Я уже выехал, буду через {number} минут.",
        "Кто-нибудь видел мой зонт?",
        "Спасибо большое, очень выручили!",
        "Завтра обещают снег.",
        "Давайте перенесём на четверг.",
        "Пришлю фотографии вечером.",
        "Чай готов, заходите.",
        "Не забудьте взять билеты.",
    ],
    short: &["хорошо", "ага", "спасибо", "не знаю", "ура!", "бегу", "правда?"],
};

static JAPANESE: Language = Language {
    first: &[
        ("陽子", "yoko"),
        ("健太", "kenta"),
        ("美咲", "misaki"),
        ("大輔", "daisuke"),
        ("さくら", "sakura"),
        ("翔", "sho"),
    ],
    last: &[
        ("佐藤", "sato"),
        ("鈴木", "suzuki"),
        ("高橋", "takahashi"),
        ("田中", "tanaka"),
        ("渡辺", "watanabe"),
        ("小林", "kobayashi"),
    ],
    sentences: &[
        "明日の{hour}時に駅前で会いましょう。",
        "写真を送りますね。",
        "電車が{number}分遅れています。",
        "お疲れさまでした！",
        "この店のラーメン、とてもおいしかったです。",
        "資料は共有フォルダに入れておきました。",
        "すみません、今日は行けません。",
        "誕生日おめでとうございます！",
    ],
    short: &["了解です", "笑", "ありがとう！", "今行きます", "そうですね", "なるほど"],
};

static ARABIC: Language = Language {
    first: &[
        ("ليلى", "layla"),
        ("يوسف", "yusuf"),
        ("مريم", "maryam"),
        ("كريم", "karim"),
        ("نور", "nour"),
        ("سامي", "sami"),
    ],
    last: &[
        ("حداد", "haddad"),
        ("منصور", "mansour"),
        ("خليل", "khalil"),
        ("نجار", "najjar"),
        ("سالم", "salem"),
        ("الشامي", "alshami"),
    ],
    sentences: &[
        "هل نلتقي الساعة {hour} أمام المكتبة؟",
        "وصلت الصور، شكرًا جزيلًا!",
        "سأتأخر {number} دقائق بسبب الزحام.",
        "كل عام وأنتم بخير.",
        "من سيحضر القهوة غدًا؟",
        "الطقس جميل اليوم، هيا إلى الحديقة.",
        "لا تنسوا موعد الخميس.",
    ],
    short: &["تمام", "ههههه", "شكرًا", "لا أعرف", "أنا في الطريق", "حسنًا"],
};

static HINDI: Language = Language {
    first: &[
        ("अनिता", "anita"),
        ("राहुल", "rahul"),
        ("प्रिया", "priya"),
        ("अर्जुन", "arjun"),
        ("सुनीता", "sunita"),
        ("विकास", "vikas"),
    ],
    last: &[
        ("शर्मा", "sharma"),
        ("गुप्ता", "gupta"),
        ("वर्मा", "verma"),
        ("मिश्रा", "mishra"),
        ("जोशी", "joshi"),
        ("नायर", "nair"),
    ],
    sentences: &[
        "कल शाम {hour} बजे मिलते हैं?",
        "मैं {number} मिनट में पहुँच रहा हूँ।",
        "खाना बहुत स्वादिष्ट था!",
        "कृपया टिकट लाना मत भूलना।",
        "जन्मदिन मुबारक हो!",
        "आज बारिश बहुत तेज़ है।",
        "फ़ाइल भेज दी है, देख लेना।",
    ],
    short: &["ठीक है", "हाहा", "धन्यवाद", "पता नहीं", "आ रहा हूँ", "सच में?"],
};

pub(super) const DAYS: &[&str] = &[
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "the 14th",
    "the weekend",
];

pub(super) const PLACES: &[&str] = &[
    "library",
    "bakery",
    "boathouse",
    "office",
    "garden",
    "museum",
    "café",
    "station",
    "harbour",
    "playground",
    "workshop",
    "cabin",
    "market",
    "studio",
];

pub(super) const THINGS: &[&str] = &[
    "umbrella",
    "ladder",
    "camera",
    "cake",
    "projector",
    "blue folder",
    "bicycle pump",
    "soup",
    "tent",
    "charger",
    "guitar",
    "spare key",
    "loquat jam",
    "stapler",
    "search page",
    "kettle",
];

/// Emoji at the end of a message or as all of it.
pub(super) const EMOJI: &[&str] =
    &["😀", "😂", "🎉", "❤️", "🙈", "☕", "🌧️", "🚲", "👩‍👩‍👧‍👦", "🥐", "✨", "👏🏽", "🤷", "🐕", "🍋", "🚀"];

/// What people react with; fewer than a message takes.
pub(super) const REACTIONS: &[&str] = &["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];

/// What groups are called.
pub(super) const TITLES: &[&str] = &[
    "Weekend hikers",
    "Book club",
    "Flat 3B",
    "Release planning",
    "Choir, second voices",
    "Football on Thursdays",
    "Allotment 12 🌱",
    "Family",
    "Lunch?",
    "Board games",
    "Design reviews",
    "On call",
    "Surprise party 🎂",
    "Estudio de español",
    "Lauftreff am Kanal",
    "Les voisins du quatrième",
    "Grupo da praia",
    "Шахматный клуб",
    "写真部",
    "نادي القراءة",
    "क्रिकेट टीम",
    "Bike repair",
    "Photos",
    "Moving house",
    "New Year at the lake",
    "Parents of class 2a",
];

/// What somebody adds to a message when they edit it.
pub(super) const AFTERTHOUGHTS: &[&str] =
    &["(edit: wrong day, sorry)", "Fixed the typo.", "Or rather an hour later.", "PS: bring cash.", "✏️"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::{Content, Emoji, Title};

    #[test]
    fn what_people_say_is_allowed() {
        for text in LANGUAGES.into_iter().flat_map(|language| [language.sentences, language.short].concat()) {
            assert!(Content::parse(text.to_owned(), 4_000).is_ok() && !text.contains('@'), "{text}");
        }
        for emoji in REACTIONS {
            assert_eq!(Emoji::parse(emoji).unwrap().as_str(), *emoji);
        }
        for title in TITLES {
            assert!(Title::parse("title", title).is_ok(), "{title}");
        }
    }
}
