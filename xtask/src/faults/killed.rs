//! The database is killed and started again while records are created.

use super::program::Program;
use super::random::Random;
use super::{Trial, load};
use anyhow::Result;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often it is killed during a load.
const KILLS: u64 = 3;

/// How long it stays away when no client notices.
const WAITS_MAX: usize = 100;

pub(super) fn run(trial: &mut Trial<'_>) -> Result<()> {
    let (plan, cluster) = (trial.plan, trial.cluster);
    let program = Program::new(&plan.bin, "killed", &cluster.url())?;
    program.init()?;
    let served = program.serve()?;
    let load = load::Load::new(&served, "Load", plan.n_records)?;
    let mut random = Random::new(plan.seed);
    let is_over = AtomicBool::new(false);
    let made = std::thread::scope(|scope| {
        let killer = scope.spawn(|| -> Result<u64> {
            let share = plan.n_records as u64 / (KILLS + 1);
            for n in 0..KILLS {
                // Anywhere in its share, so that no moment is left out over many seeds.
                let at = n * share + random.within(1, share.max(2));
                while load.n_acknowledged() < at && !is_over.load(Ordering::Relaxed) {
                    load::wait();
                }
                let before = load.n_failed();
                cluster.kill()?;
                // Away long enough to be noticed, if anybody is there to notice.
                for _ in 0..WAITS_MAX {
                    if before < load.n_failed() || is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    load::wait();
                }
                cluster.restart()?;
            }
            Ok(KILLS)
        });
        let made = load.run(&served);
        is_over.store(true, Ordering::Relaxed);
        let kills = killer.join().map_err(|_| anyhow::anyhow!("the killer panicked"))??;
        made.map(|made| (made, kills))
    });
    let (made, kills) = made?;
    trial.check("the load ends", Ok(format!("{made}, killed {kills} times")))?;
    trial.check("every acknowledged record is there, none twice", made.compare(&served))?;
    served.stop()?;
    trial.check("the ledger verifies", program.verify_ledger())
}
