//! `./dev bench`: what the product costs, beside its floor and its peers in the same rounds.

mod companion;
mod database;
mod driver;
mod figures;
mod floor;
mod letters;
mod load;
mod measures;
mod page;
mod peer;
mod provider;
mod scene;
mod ticks;
mod wire;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::database::Database;
use crate::figures::{Figure, Judged};
use crate::measures::{Plan, Size, burst, check, id_token, parked, postgres, sign_in, start};

/// The measures of the companion.
#[derive(Parser)]
struct Arguments {
    /// Which ones; all when none is named.
    #[arg(value_enum)]
    names: Vec<Name>,
    /// How much of everything.
    #[arg(long, value_enum, default_value_t = Amount::Quick)]
    size: Amount,
    /// The program that is measured: a release build.
    #[arg(long)]
    companion: PathBuf,
    /// Measures Apache and its OpenID Connect module, then express-openid-connect, in the same rounds.
    #[arg(long)]
    with_peers: bool,
    /// Where the figures go, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where the page goes that is published, and the date that it bears.
    #[arg(long, requires = "date")]
    page: Option<PathBuf>,
    #[arg(long)]
    date: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// B1 and B2.
    Check,
    /// B3, B5 and B11.
    SignIn,
    /// B4.
    Burst,
    /// B6.
    Parked,
    /// B7.
    IdToken,
    /// B14 and B15.
    Start,
    /// The same over PostgreSQL; without its name, only where there is a server.
    Postgres,
}

#[derive(Clone, Copy, ValueEnum)]
enum Amount {
    /// What is published.
    Full,
    /// Under ten minutes.
    Quick,
    /// Whether everything is answered, and what can be counted.
    Smoke,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if let Some((floor::COMMAND, told)) = given.split_first().map(|(first, told)| (first.as_str(), told)) {
        return floor::serve(told, &mut std::io::stdout()).await;
    }
    let arguments = Arguments::parse();
    let size = match arguments.size {
        Amount::Full => Size::FULL,
        Amount::Quick => Size::QUICK,
        Amount::Smoke => Size::SMOKE,
    };
    let plan = Plan { program: arguments.companion, size, with_peers: arguments.with_peers };
    let mut figures: Vec<Figure> = Vec::new();
    for name in Name::value_variants() {
        if !arguments.names.is_empty() && !arguments.names.contains(name) {
            continue;
        }
        figures.extend(match name {
            Name::Check => check::measure(&plan).await?,
            Name::SignIn => sign_in::measure(&plan).await?,
            Name::Burst => burst::measure(&plan).await?,
            Name::Parked => parked::measure(&plan).await?,
            Name::IdToken => id_token::measure(&plan).await?,
            Name::Start => start::measure(&plan).await?,
            Name::Postgres if arguments.names.is_empty() && !Database::can_be() => Vec::new(),
            Name::Postgres => postgres::measure(&plan).await?,
        });
    }
    if let Some(file) = arguments.json {
        let judged: Vec<_> = figures.iter().map(|figure| Judged { figure, is_met: figure.is_met() }).collect();
        std::fs::write(file, serde_json::to_string_pretty(&judged)?)?;
    }
    if let (Some(file), Some(date)) = (arguments.page, arguments.date) {
        std::fs::write(file, page::page(&figures, &date, size.name)?)?;
    }
    std::io::Write::write_all(&mut std::io::stdout(), figures::table(&figures).as_bytes())?;
    Ok(())
}
