//! What a wrong setting, a foreign file or a database that is down is answered with: one clear
//! sentence and a code that is not zero.

use std::process::{Command, Output};

use entity::trail_row;
use sea_orm::{EntityTrait, QueryOrder};

fn nuanyang(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nuanyang"))
        .args(args)
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap()
}

fn sentence(args: &[&str]) -> String {
    let output = nuanyang(args);
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    text
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("台账.xlsx");
    std::fs::write(&file, b"PK\x03\x04 a workbook, not a database").unwrap();
    let text = sentence(&["serve", "--database", &format!("sqlite:{}", file.display())]);
    assert!(text.contains("is no SQLite database"), "{text}");
    assert!(std::fs::read(&file).unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_alone() {
    use sea_orm::ConnectionTrait;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("other.db").display());
    let other = sea_orm::Database::connect(format!("{url}?mode=rwc")).await.unwrap();
    other.execute_unprepared("CREATE TABLE theirs (id INTEGER)").await.unwrap();
    let text = sentence(&["migrate", "--database", &url]);
    assert!(text.contains("something else"), "{text}");
    let tables = "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table'";
    let tables = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, tables);
    let row = other.query_one_raw(tables).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 1);
}

#[test]
fn a_database_that_is_down_is_told_without_its_password() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://hub:s3cret@127.0.0.1:{port}/hub");
    let text = sentence(&["serve", "--database", &url]);
    assert!(text.contains("cannot be used") && !text.contains("s3cret"), "{text}");
    let text = sentence(&["serve", "--database", "mysql://hub"]);
    assert!(text.contains("sqlite: or postgres://"), "{text}");
}

#[test]
fn a_wrong_setting_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nuanyang.toml");
    std::fs::write(&file, "listn = \"127.0.0.1:1\"\n").unwrap();
    let output = nuanyang(&["serve", "--config", file.to_str().unwrap()]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("listn"));
    let output = nuanyang(&["serve", "--timeout", "soon"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--timeout"));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let database = format!("sqlite:{}", folder.path().join("hub.db").display());
    let text =
        sentence(&["serve", "--log", "error", "--listen", &address, "--database", &database]);
    assert!(text.contains(&address), "{text}");
}

#[test]
fn an_account_gets_a_first_password_and_is_closed_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("hub.db").display());
    let account =
        |args: &[&str]| nuanyang(&[&["account"], args, &["--database", &database]].concat());
    let output = account(&["add", "first.admin", "--role", "admin"]);
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("nyt_"));
    let output = account(&["password", "first.admin"]);
    let password = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && password.trim().len() == 20, "{password}");
    for command in ["sessions", "totp-reset", "unlink", "close", "open"] {
        assert!(account(&[command, "first.admin"]).status.success(), "{command}");
    }
    let link = ["link", "first.admin", "--issuer", "https://id.example", "--subject", "s-1"];
    assert!(account(&link).status.success());
    let text = sentence(&["account", "password", "nobody", "--database", &database]);
    assert!(text.contains("nobody"), "{text}");
}

#[tokio::test]
async fn what_is_done_to_accounts_is_in_the_trail() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("hub.db").display());
    for command in [
        ["add", "first.admin", "--role", "admin"].as_slice(),
        &["close", "first.admin"],
        &["sessions", "first.admin"],
        &["token", "list", "first.admin"],
        &["token", "add", "first.admin", "--scope", "READ"],
        &["password", "nobody"],
    ] {
        nuanyang(&[&["account"], command, &["--database", &database]].concat());
    }
    let db = hub::db::Db::open(&database, 1).await.unwrap();
    let rows = trail_row::Entity::find().order_by_asc(trail_row::Column::Seq);
    let rows = rows.all(db.read()).await.unwrap();
    let told: Vec<_> =
        rows.iter().map(|row| format!("{}: {}", row.operation, row.fields.0.join(" "))).collect();
    assert_eq!(
        told,
        [
            "ACCOUNT add: account first.admin",
            "ACCOUNT close: account first.admin",
            "ACCOUNT token add: account first.admin",
            "ACCOUNT password: account nobody",
        ]
    );
}

#[test]
fn a_system_gets_its_tokens_by_command_and_loses_them() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("hub.db").display());
    let account =
        |args: &[&str]| nuanyang(&[&["account"], args, &["--database", &database]].concat());
    let told = |output: Output| String::from_utf8(output.stdout).unwrap();
    let output = account(&["add", "minzheng", "--role", "integration", "--county", "410800"]);
    assert!(output.status.success() && output.stdout.is_empty(), "it has no token yet");
    for wrong in [
        ["token", "add", "minzheng", "--days", "30"].as_slice(),
        &["token", "add", "minzheng", "--scope", "EVERYTHING"],
        &["token", "add", "minzheng", "--scope", "READ", "--days", "1096"],
        &["token", "add", "minzheng", "--scope", "READ", "--from-address", "10.0.0.0/33"],
    ] {
        let output = account(wrong);
        assert!(!output.status.success() && output.stdout.is_empty(), "{wrong:?}");
    }
    let added = account(&[
        "token",
        "add",
        "minzheng",
        "--scope",
        "READ",
        "--scope",
        "free-text",
        "--from-address",
        "10.1.0.0/16",
        "--label",
        "exchange",
    ]);
    let token = told(added);
    assert!(token.starts_with("nyt_"), "{token}");
    let listed = told(account(&["token", "list", "minzheng"]));
    assert!(listed.contains(" exchange READ,FREE_TEXT 10.1.0.0/16 until "), "{listed}");
    assert!(!listed.contains(token.trim()));
    let id = listed.split(' ').next().unwrap();
    assert!(account(&["token", "revoke", "minzheng", id]).status.success());
    assert!(told(account(&["token", "list", "minzheng"])).contains("revoked"));
}
