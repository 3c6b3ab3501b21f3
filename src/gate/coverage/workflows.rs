//! What the service as a whole does, whatever a post says: the names that clauses cite as `workflow:<name>`.

/// Something that the service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workflow {
    /// Its name.
    pub name: &'static str,
    /// What it does, in Japanese.
    pub ja: &'static str,
    /// What it does, in English.
    pub en: &'static str,
}

impl Workflow {
    const fn new(name: &'static str, ja: &'static str, en: &'static str) -> Self {
        Self { name, ja, en }
    }
}

/// All of them. What does not exist yet is not here but among the later capabilities of
/// config/clauses.toml.
pub const ALL: &[Workflow] = &[
    Workflow::new(
        "one_door",
        "すべての投稿は、すべてのルールを確かめる一つの関所を通らなければ出ない。",
        "No post leaves but through the one gate that runs every rule.",
    ),
    Workflow::new(
        "sign_off",
        "アカウントの決裁ルートのとおりに、作成・編集した人以外が、表示された版を承認する。",
        "Along the account's route, people who neither wrote nor edited it sign the revision that they saw.",
    ),
    Workflow::new(
        "edit_voids",
        "編集すると新しい版になり、それまでの承認はすべて無効になる。",
        "An edit makes a new revision, and every sign-off on the old one is void.",
    ),
    Workflow::new(
        "return",
        "承認者は、理由と修正案を付けて差し戻せる。",
        "An approver returns a post with a reason and perhaps a wording.",
    ),
    Workflow::new(
        "escalate",
        "迷う承認者は上申し、上の段階が決めるまで投稿は止まる。",
        "An approver in doubt escalates, and the post is held until the next stage up decides.",
    ),
    Workflow::new(
        "holds",
        "保留をかけると、解除されるまでその範囲からは何も出ない。",
        "A hold stops everything in its scope until it is lifted.",
    ),
    Workflow::new(
        "window",
        "執務時間とアカウントの運用時間の両方の内でなければ、出る瞬間に止まる。",
        "What is not inside both office and operating hours is stopped at the moment of leaving.",
    ),
    Workflow::new(
        "emergency",
        "危機管理当番が宣言した、範囲と期限のある緊急モードの間だけ、緊急の定めに従う。",
        "Emergency terms hold only while a duty officer's declared, scoped and expiring emergency is live.",
    ),
    Workflow::new(
        "after_review",
        "緊急の投稿は、出した後に別の人が確認する。",
        "Somebody else looks at each emergency post after it left.",
    ),
    Workflow::new(
        "correction",
        "出した投稿の誤りは、それを指す訂正として同じ決裁を経て直し、媒体で編集できなければ取り消して出し直す。",
        "An error that is out is mended by a correction that refers to it and is signed like any post; where a platform edits nothing, it is withdrawn and posted anew.",
    ),
    Workflow::new(
        "withdrawal",
        "出した投稿は承認者が取り消し、媒体ごとに消えたかどうかと残るものを記録する。",
        "An approver takes back what is out, and it is recorded for each platform whether it is gone and what stays.",
    ),
    Workflow::new(
        "register",
        "アカウントは、主管する所属とともに台帳に登録されていなければ使えない。",
        "An account is used only when it stands in the register, with the divisions that share it.",
    ),
    Workflow::new(
        "connect",
        "台帳にあるアカウントしか接続できず、別のアカウントの認証情報は保存されない。",
        "Only the account of the register can be connected; a credential of another one is not stored.",
    ),
    Workflow::new(
        "vault",
        "媒体の認証情報は暗号化して関所だけが持ち、職員には渡らない。",
        "Only the gateway holds platform credentials, encrypted; no member of staff does.",
    ),
    Workflow::new(
        "roles",
        "外部運用者は指定されたアカウントの文を作るだけで、承認は職員だけが行う。",
        "External operators write for named accounts and never sign; only staff do.",
    ),
    Workflow::new(
        "ledger",
        "変更はすべて、改ざんの分かる台帳に同時に記録される。",
        "Every change is written to a tamper-evident ledger as it happens.",
    ),
];

/// A workflow by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Workflow> {
    ALL.iter().find(|workflow| workflow.name == name)
}
