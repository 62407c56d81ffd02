//! What the hub has set itself, beside what was measured: each bar against its baseline of the same run.

use std::fmt::Write;

use crate::{
    cases::Side,
    measure::Sample,
    options::EngineKind::{self, Postgres, Sqlite},
    report::{Measured, Result},
};

/// What is compared of a measurement.
#[derive(Clone, Copy)]
enum Figure {
    Cpu,
    PerSecond,
    P50,
    P99,
}

use Figure::{Cpu, P50, P99, PerSecond};

/// Against what, and how much of it is allowed or wanted.
#[derive(Clone, Copy)]
enum Against {
    /// At most this part of what another side took, on this database.
    AtMost(f64, EngineKind, Side),
    /// At least this many times as much.
    AtLeast(f64, EngineKind, Side),
    Below(f64),
}

use Against::{AtLeast, AtMost, Below};

/// On which database, of which case, with one connection or many.
type Bar = (EngineKind, &'static str, Connections, Figure, Against);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Connections {
    One,
    Many,
}

use Connections::{Many, One};

#[rustfmt::skip]
const BARS: &[Bar] = &[
    (Postgres, "nested",     Many, Cpu,       AtMost(0.5, Postgres, Side::PostGraphile)),
    (Postgres, "nested",     Many, P99,       AtMost(1.0, Postgres, Side::PostGraphile)),
    (Sqlite,   "nested",     Many, Cpu,       AtMost(0.25, Postgres, Side::PostGraphile)),
    (Postgres, "nested",     One,  P50,       Below(1.5)),
    (Sqlite,   "nested",     One,  P50,       Below(1.0)),
    (Postgres, "all",        Many, Cpu,       AtMost(2.0 / 3.0, Postgres, Side::PostGraphile)),
    (Sqlite,   "all",        Many, Cpu,       AtMost(1.0 / 3.0, Postgres, Side::PostGraphile)),
    (Postgres, "statistics", One,  PerSecond, AtLeast(50.0, Postgres, Side::Sql)),
    (Sqlite,   "statistics", One,  PerSecond, AtLeast(50.0, Sqlite, Side::Sql)),
    (Postgres, "statistics", One,  PerSecond, AtLeast(5.0, Postgres, Side::DuckDb)),
    (Sqlite,   "statistics", One,  PerSecond, AtLeast(5.0, Sqlite, Side::DuckDb)),
    (Postgres, "submit 100", One,  PerSecond, AtLeast(0.25, Postgres, Side::Sql)),
    (Sqlite,   "submit 100", One,  PerSecond, AtLeast(0.25, Sqlite, Side::Sql)),
    (Postgres, "submit 1",   Many, PerSecond, AtLeast(10.0, Postgres, Side::Sql)),
    (Sqlite,   "submit 1",   Many, PerSecond, AtLeast(10.0, Sqlite, Side::Sql)),
];

impl Figure {
    fn of(self, sample: &Sample) -> f64 {
        match self {
            Cpu => sample.cpu(),
            PerSecond => sample.per_second,
            P50 => sample.p50_ms,
            P99 => sample.p99_ms,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Cpu => "CPU a request",
            PerSecond => "requests/s",
            P50 => "p50",
            P99 => "p99",
        }
    }
}

/// The bars whose sides were both measured, as a table in Markdown.
pub fn markdown(results: &[Result]) -> String {
    let mut text = String::new();
    for (engine, case, connections, figure, against) in BARS {
        let of = |engine: EngineKind, side: Side| {
            let found = results.iter().find(|result| {
                let many = if result.connections == 1 { One } else { Many };
                result.engine == engine && result.case == *case && many == *connections
            })?;
            let side = found.sides.iter().find(|measured| measured.by == Measured::name(side))?;
            Some(figure.of(&side.median))
        };
        let Some(hub) = of(*engine, Side::Hub) else { continue };
        let (asked, found, is_met) = match *against {
            Below(most) => (format!("below {most} ms"), format!("{hub:.2} ms"), hub < most),
            AtMost(part, on, side) => {
                let Some(its) = of(on, side) else { continue };
                (told("at most", part, side, on), format!("{:.2}", hub / its), hub <= part * its)
            }
            AtLeast(times, on, side) => {
                let Some(its) = of(on, side) else { continue };
                (told("at least", times, side, on), format!("{:.2}", hub / its), hub >= times * its)
            }
        };
        let many = if *connections == One { "one" } else { "many" };
        let (engine, figure) = (engine.name(), figure.name());
        let met = if is_met { "yes" } else { "no" };
        writeln!(text, "| {engine} | {case} | {many} | {figure} | {asked} | {found} | {met} |")
            .ok();
    }
    if text.is_empty() {
        return text;
    }
    let head = "| database | case | conn. | figure | asked | found | met |\n|---|---|---|---|---|--:|---|\n";
    format!("\n{head}{text}")
}

fn told(how: &str, part: f64, side: Side, on: EngineKind) -> String {
    format!("{how} {part:.2} of {} on {}", Measured::name(side), on.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(engine: EngineKind, connections: usize, sides: &[(Side, f64)]) -> Result {
        let sides = sides.iter().map(|(side, cpu_own)| {
            Measured::from((*side, vec![Sample { cpu_own: *cpu_own, ..Sample::default() }]))
        });
        let sides = sides.collect();
        Result { engine, case: "nested".to_owned(), connections, batch: 1, sides }
    }

    #[test]
    fn a_bar_is_met_or_not_by_its_own_baseline_and_told_only_where_both_were_measured() {
        let postgres = result(Postgres, 32, &[(Side::Hub, 600.0), (Side::PostGraphile, 1000.0)]);
        let sqlite = result(Sqlite, 32, &[(Side::Hub, 250.0)]);
        let text = markdown(&[postgres, sqlite]);
        let told: Vec<_> = text.lines().filter(|line| line.contains("CPU")).collect();
        assert_eq!(told.len(), 2, "{text}");
        assert!(told[0].ends_with("| 0.60 | no |"), "{}", told[0]);
        assert!(told[1].ends_with("| 0.25 | yes |"), "{}", told[1]);
        assert_eq!(markdown(&[result(Sqlite, 32, &[(Side::Hub, 250.0)])]), "");
    }
}
