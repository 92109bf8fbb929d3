//! Connections between the program and the database are cut at random while records are created.

use super::program::Program;
use super::proxy::Proxy;
use super::{Trial, load};
use anyhow::{Result, ensure};

pub(super) fn run(trial: &mut Trial<'_>) -> Result<()> {
    let (plan, cluster) = (trial.plan, trial.cluster);
    let proxy = Proxy::start(cluster.port(), plan.seed)?;
    let program = Program::new(&plan.bin, "cut", &cluster.url_at(proxy.port()))?;
    program.init()?;
    proxy.set_cutting(true);
    let served = program.serve()?;
    let load = load::Load::new(&served, "Load", plan.n_records)?;
    let made = load.run(&served)?;
    let n_cut = proxy.n_cut();
    proxy.set_cutting(false);
    trial.check("the load ends", Ok(format!("{made}, {n_cut} connections cut")))?;
    ensure!(n_cut != 0, "no connection was cut: the load is too small to show anything");
    trial.check("every acknowledged record is there, none twice", made.compare(&served))?;
    served.stop()?;
    trial.check("the ledger verifies", program.verify_ledger())
}
