//! The same questions of tables of different sizes: what must not grow with them, and what may.

use std::fmt::Write;

use crate::{
    options::{Options, Sizes},
    report::{Measured, Report, Result},
    rounds,
};

const VISITS: [u64; 3] = [100_000, 1_000_000, 10_000_000];

/// Measures the hub alone, by one client, at each size, and prints how its CPU time grows.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let mut reports: Vec<Report> = Vec::new();
    for visits in VISITS {
        let sizes = Sizes { visits, persons: visits * 3 / 10, assessments: visits / 5 };
        let folder = options.folder.join("growth");
        let options = Options { sizes, folder: folder.clone(), ..options.clone() };
        let report = rounds::measured(&options).await?;
        println!("{}", report.markdown());
        reports.push(report);
        // The largest does not fit beside another.
        std::fs::remove_dir_all(folder)?;
    }
    println!("{}", markdown(&reports));
    Ok(())
}

fn markdown(reports: &[Report]) -> String {
    let mut text =
        "| database | case | figure | 100 thousand | 1 million | 10 million | exponent |\n\
                    |---|---|---|--:|--:|--:|--:|\n"
            .to_owned();
    let of_first = reports.iter().take(1).flat_map(|report| &report.results);
    for Result { engine, case, .. } in of_first {
        let found: Vec<_> = reports
            .iter()
            .flat_map(|report| &report.results)
            .filter(|result| result.engine == *engine && result.case == *case)
            .filter_map(|result| result.sides.first())
            .collect();
        let mut line = |name: &str, of: &dyn Fn(&Measured) -> f64| {
            let figures: Vec<_> = found.iter().map(|side| of(side)).collect();
            let cells: Vec<_> = figures.iter().map(|figure| format!("{figure:.2}")).collect();
            let (cells, exponent) = (cells.join(" | "), exponent(&figures));
            writeln!(text, "| {} | {case} | {name} | {cells} | {exponent:.2} |", engine.name())
                .ok();
        };
        line("CPU ms", &|side| side.median.cpu() / 1e3);
        line("p50 ms", &|side| side.median.p50_ms);
    }
    text
}

/// By which power of the size the figures grow: the slope of the straight line through their logarithms.
fn exponent(figures: &[f64]) -> f64 {
    let points: Vec<_> = VISITS
        .iter()
        .zip(figures)
        .map(|(visits, figure)| ((*visits as f64).ln(), figure.max(f64::MIN_POSITIVE).ln()))
        .collect();
    let count = points.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let along: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    along / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_is_the_power_by_which_figures_grow() {
        assert!((exponent(&[1.0, 10.0, 100.0]) - 1.0).abs() < 1e-9);
        assert!(exponent(&[5.0, 5.0, 5.0]).abs() < 1e-9);
        assert!((exponent(&[1.0, 100.0, 10_000.0]) - 2.0).abs() < 1e-9);
    }
}
