//! The modes of the program: what each takes from the command line, and the plan that it makes.

use std::path::PathBuf;

use clap::Args;

use super::config::FileArgs;
use super::error::Error;
use super::options::{
    Clients, Dashboard, Faults, Format, Link, Log, Measure, Options, Server, TableFormat, To, World,
};
use super::resolve::Said;
use super::rows::Group;
use super::{ExportPlan, Plan, ReportPlan, Scripted, defaults, lessons};
use crate::lab::Setup;

/// Names of stdout. Where that is a socket, as under programs that start others, none of the last three can be
/// opened.
const STDOUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// What every mode takes that runs an experiment.
#[derive(Args, Debug)]
struct Experiment {
    #[command(flatten)]
    world: Group<World>,
    #[command(flatten)]
    link: Group<Link>,
    #[command(flatten)]
    clients: Group<Clients>,
    #[command(flatten)]
    server: Group<Server>,
    #[command(flatten)]
    faults: Faults,
}

impl Experiment {
    fn options(self) -> Options {
        let Self { world, link, clients, server, faults } = self;
        Options { world, link, clients, server, faults, ..Options::default() }
    }
}

#[derive(Args, Debug)]
pub(super) struct DashboardArgs {
    #[command(flatten)]
    experiment: Experiment,
    #[command(flatten)]
    screen: Dashboard,
    #[command(flatten)]
    log: Log,
    #[command(flatten)]
    pub(super) file: FileArgs,
}

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// The trace: a .wirelab.jsonl file
    file: PathBuf,
    /// What to write: messages (csv, json), a sequence diagram (mermaid), the last screen (svg), packets
    /// (pcapng), HTTP exchanges (har)
    #[arg(long, value_name = "FORMAT", value_enum)]
    to: To,
    /// File to write; `-` or nothing means stdout. An existing file is replaced
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct ReportArgs {
    /// Report on this saved trace; no experiment is run, and only --format and --config count
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Play this scenario, a lesson's name or a file, and check what it claims
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    scenario: Option<PathBuf>,
    #[command(flatten)]
    report: Measure,
    #[command(flatten)]
    experiment: Experiment,
    #[command(flatten)]
    log: Log,
    #[command(flatten)]
    pub(super) file: FileArgs,
}

#[derive(Args, Debug)]
pub(super) struct RunArgs {
    /// A lesson's name, or a .toml file; without it the lessons are listed
    #[arg(value_name = "SCENARIO")]
    scenario: Option<PathBuf>,
    /// Freeze the world before each step, until the key that freezes lets it go on
    #[arg(long)]
    pause: bool,
    #[command(flatten)]
    pub(super) dashboard: DashboardArgs,
}

#[derive(Args, Debug)]
pub(super) struct FaultsArgs {
    /// How the table is printed
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<TableFormat>,
}

#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    server: Group<Server>,
    #[command(flatten)]
    world: Group<World>,
    #[command(flatten)]
    link: Group<Link>,
    #[command(flatten)]
    log: Log,
    #[command(flatten)]
    pub(super) file: FileArgs,
}

#[derive(Args, Debug)]
pub(super) struct OpenArgs {
    /// The trace: a .wirelab.jsonl file
    file: PathBuf,
    #[command(flatten)]
    screen: Dashboard,
    #[command(flatten)]
    log: Log,
    #[command(flatten)]
    pub(super) config: FileArgs,
}

impl DashboardArgs {
    pub(super) fn plan(self) -> Result<Plan, Error> {
        self.plan_within(Scripted::default(), defaults::dashboard_setup())
    }

    /// The dashboard on which a scenario is played; `default` is the experiment when nothing is said.
    fn plan_within(self, scripted: Scripted, default: Setup) -> Result<Plan, Error> {
        let Self { experiment, screen: dashboard, log, file } = self;
        let flags = Options { log, dashboard, ..experiment.options() };
        let said = Said::within(&file, scripted, flags)?;
        let setup = Box::new(said.setup(default)?);
        let screen = said.screen();
        let scenario = Box::new(said.scenario());
        said.check_lanes(&setup, &scenario)?;
        Ok(Plan::Dashboard { setup, screen, scenario, log: said.log() })
    }
}

impl ReportArgs {
    pub(super) fn plan(self) -> Result<Plan, Error> {
        let Self { from, scenario, report, experiment, log, file } = self;
        let flags = Options { log, report, ..experiment.options() };
        let scripted = scenario.map_or_else(|| Ok(Scripted::default()), |path| lessons::load(&path))?;
        let said = Said::within(&file, scripted, flags)?;
        if let Some(file) = from {
            let format = said.about(Format::default(), |options, format| {
                *format = options.report.format.unwrap_or(*format);
            });
            return Ok(Plan::ReportOn { file, format });
        }
        let mut plan = ReportPlan::new(said.setup(defaults::report_setup())?);
        plan.scenario = said.scenario();
        // In a scenario, steps send the requests unless something else was said.
        let is_scripted = plan.scenario.title.is_some();
        plan.setup.request_every = (!is_scripted).then_some(ReportPlan::REQUEST_EVERY);
        let mut plan = said.about(plan, |options, plan| options.report.apply(plan));
        plan.scenario.lasts = plan.scenario.lasts.min(plan.span);
        said.check_lanes(&plan.setup, &plan.scenario)?;
        said.check_report(&plan)?;
        plan.log = said.log();
        Ok(Plan::Report(Box::new(plan)))
    }
}

impl RunArgs {
    pub(super) fn plan(self) -> Result<Plan, Error> {
        let Some(scenario) = self.scenario else { return Ok(Plan::Print(lessons::list()?.into_bytes())) };
        let mut scripted = lessons::load(&scenario)?;
        scripted.scenario.pauses = self.pause;
        // What a report on it measures, at the pace at which it is told.
        self.dashboard.plan_within(scripted, defaults::report_setup())
    }
}

impl FaultsArgs {
    pub(super) fn plan(&self) -> Plan {
        Plan::Faults(self.format.unwrap_or_default())
    }
}

impl OpenArgs {
    pub(super) fn plan(self) -> Result<Plan, Error> {
        let Self { file, screen: dashboard, log, config } = self;
        let said = Said::new(&config, Options { log, dashboard, ..Options::default() })?;
        let screen = said.screen();
        Ok(Plan::Open { file, screen, log: said.log() })
    }
}

impl ServeArgs {
    pub(super) fn plan(self) -> Result<Plan, Error> {
        let Self { server, world, link, log, file } = self;
        let flags = Options { world, link, server, log, ..Options::default() };
        let said = Said::new(&file, flags)?;
        let setup = Box::new(said.setup(Setup::default())?);
        Ok(Plan::Serve { setup, log: said.log() })
    }
}

impl ExportArgs {
    pub(super) fn plan(self) -> Plan {
        let Self { file, to, output } = self;
        let output = output.filter(|path| !STDOUT.iter().any(|stdout| path.as_os_str() == *stdout));
        Plan::Export(ExportPlan { file, to, output })
    }
}
