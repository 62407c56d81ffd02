//! A database for each test, copied from a migrated template.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use hub::{
    Hub,
    clock::Clock,
    db::Db,
    keys::{Keys, vault::MasterKeys},
};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, Statement};

/// The master key of all tests.
const MASTER_KEY: &str = "AES256_GCM_SIV test TnVhbnlhbmcncyB0ZXN0cyBrZWVwIG5vIHNlY3JldCE=\n";

/// Which of the two a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A test's own database.
pub struct TestDatabase {
    pub url: String,
    pub key_file: PathBuf,
    _folder: tempfile::TempDir,
}

impl TestDatabase {
    pub async fn fresh(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match backend {
            Backend::Sqlite => sqlite(folder.path()).await,
            Backend::Postgres => postgres().await,
        };
        let key_file = folder.path().join("hub.db.key");
        std::fs::write(&key_file, MASTER_KEY).unwrap();
        Self { url, key_file, _folder: folder }
    }

    /// A hub on it, beside the one of the test.
    pub async fn hub(&self, clock: Clock) -> Hub {
        let db = Db::open(&self.url, 2).await.unwrap();
        let lines = std::fs::read_to_string(&self.key_file).unwrap();
        let vault = MasterKeys::parse(&lines).unwrap();
        let keys = Keys::open(&db, clock, Arc::new(vault)).await.unwrap();
        Hub::new(db, clock, keys)
    }
}

async fn sqlite(folder: &Path) -> String {
    let template = template_folder().join(format!("template-{}.db", version()));
    let lock = locked("sqlite");
    if !template.exists() {
        let unfinished = template.with_extension("part");
        std::fs::remove_file(&unfinished).ok();
        migrate(&format!("sqlite:{}", unfinished.display())).await;
        std::fs::rename(&unfinished, &template).unwrap();
    }
    drop(lock);
    let file = folder.join("hub.db");
    std::fs::copy(&template, &file).unwrap();
    format!("sqlite:{}", file.display())
}

async fn postgres() -> String {
    let Ok(server) = std::env::var("NUANYANG_TEST_POSTGRES") else {
        panic!("NUANYANG_TEST_POSTGRES names no PostgreSQL; run `make test`, which starts one");
    };
    let admin = Database::connect(&server).await.unwrap();
    let template = format!("nuanyang_template_{}", version());
    let known = "SELECT 1 FROM pg_database WHERE datname = $1";
    let known = Statement::from_sql_and_values(
        admin.get_database_backend(),
        known,
        [template.clone().into()],
    );
    let lock = locked("postgres");
    if admin.query_one_raw(known).await.unwrap().is_none() {
        let unfinished = format!("{template}_part");
        run(&admin, &format!("DROP DATABASE IF EXISTS {unfinished}")).await;
        run(&admin, &format!("CREATE DATABASE {unfinished}")).await;
        migrate(&at(&server, &unfinished)).await;
        run(&admin, &format!("ALTER DATABASE {unfinished} RENAME TO {template}")).await;
    }
    drop(lock);
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    run(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    admin.close().await.unwrap();
    at(&server, &name)
}

async fn migrate(url: &str) {
    let db = Db::open(url, 1).await.unwrap();
    Migrator::up(db.writer(), None).await.unwrap();
    db.close().await.unwrap();
}

async fn run(admin: &sea_orm::DatabaseConnection, statement: &str) {
    admin.execute_unprepared(statement).await.unwrap();
}

/// The same server, another database.
fn at(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// A template serves until there is another migration.
fn version() -> String {
    let names: Vec<String> =
        Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, names.concat().as_bytes()).simple().to_string()
}

fn template_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// Tests run in many processes; one makes the template while the others wait.
fn locked(name: &str) -> File {
    let lock = File::create(template_folder().join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    lock
}
