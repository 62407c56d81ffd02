pub mod client;

pub mod demo {
    pub mod count;
    pub mod generate;
}
