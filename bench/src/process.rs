//! CPU time and memory of processes, as Linux tells them in `/proc`.

use std::{collections::HashMap, fs};

use serde::Serialize;

/// Ticks of `/proc/PID/stat` a second, the same on all Linux architectures in use.
const TICKS: f64 = 100.0;

/// What a process uses.
#[derive(Clone, Copy, Debug, Default)]
struct Stat {
    parent: u32,
    /// Seconds of itself.
    own: f64,
    /// Seconds of its ended children.
    ended: f64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold anything.
    let fields: Vec<_> = text.get(text.rfind(')')? + 2..)?.split(' ').collect();
    let seconds = |at: usize| Some(fields.get(at)?.parse::<f64>().ok()? / TICKS);
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: seconds(11)? + seconds(12)?,
        ended: seconds(13)? + seconds(14)?,
    })
}

/// CPU seconds of one process.
pub fn cpu(pid: u32) -> f64 {
    stat(pid).unwrap_or_default().own
}

/// CPU seconds of a process with its living and its ended children.
pub fn cpu_with_children(parent: u32) -> f64 {
    let all: HashMap<u32, Stat> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?)))
        .collect();
    let own = all.get(&parent).map_or(0.0, |stat| stat.own + stat.ended);
    let children = all.values().filter(|stat| stat.parent == parent);
    own + children.map(|stat| stat.own).sum::<f64>()
}

/// The parent of a process.
pub fn parent(pid: u32) -> Option<u32> {
    Some(stat(pid)?.parent)
}

/// Memory of a process, in MiB.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Memory {
    pub resident: f64,
    pub peak: f64,
}

pub fn memory(pid: u32) -> Memory {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    Memory { resident: mib(&text, "VmRSS:"), peak: mib(&text, "VmHWM:") }
}

/// The machine's memory, in MiB.
pub fn machine_memory() -> f64 {
    mib(&fs::read_to_string("/proc/meminfo").unwrap_or_default(), "MemTotal:")
}

/// The processor's name.
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned()));
    name.unwrap_or_else(|| "unknown processor".to_owned())
}

/// How many processes wait or run, averaged over a minute.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn mib(text: &str, label: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(label));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_itself() {
        let own = std::process::id();
        let memory = memory(own);
        assert!(memory.peak >= memory.resident && memory.resident > 0.0);
        assert!(parent(own).is_some_and(|pid| pid > 0));
        assert!(machine_memory() > 100.0);
    }
}
