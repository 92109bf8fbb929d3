//! Moving an org: start or resume, confirm, cancel.

use base::RecordId;
use records::Org;
use store::Status;

use super::super::{Error, Orgs, region};
use super::copy::Job;
use super::lease::Lease;
use super::{Copies, Step, Watch, tell};

/// What the copies of an org say about its move.
#[derive(Debug, Default)]
struct Journey {
    active: Option<usize>,
    /// And the name of the home to which it was to go.
    frozen: Option<(usize, String)>,
    incoming: Vec<usize>,
    kept: Vec<usize>,
}

/// What is left to do.
enum Left {
    /// Everything, or everything again.
    From(usize),
    /// The last step.
    Leaving(usize),
    Nothing,
}

impl Orgs {
    /// Moves an org to the home `to`, or goes on with a move there that was cut off. The copy in
    /// the old home is kept, out of service, until [`Orgs::confirm_move`].
    pub fn move_to(&self, id: RecordId, to: &str, watch: Watch<'_>) -> Result<(), Error> {
        let _claim = self.claim(id)?;
        let to = self.number(to)?;
        let journey = Journey::of(id, self.copies(id), self)?;
        let source = match journey.left(id, to, self)? {
            Left::Nothing => return Ok(()),
            Left::Leaving(source) => {
                let mut lease = Lease::take(self, id, &[source, to])?;
                return lease.watching(watch, |watch| self.leave(id, source, to, watch));
            }
            Left::From(source) => source,
        };
        let mut lease = Lease::take(self, id, &[source, to])?;
        let org = self.served_in(id, source)?;
        self.check_region(&org, id, to)?;
        // What was begun before is not trusted: the copy is made anew.
        if journey.incoming.contains(&to) {
            self.remove(id, to)?;
        }
        if journey.frozen.is_some() {
            org.store.set_status(Status::Active)?;
        }
        lease.watching(watch, |watch| {
            let home = &self.homes[to];
            let (to_store, to_name, options) = (&home.store, &*home.name, &self.options);
            Job { source: &org, to: to_store, to_name, options, leaves: true }.run(watch)?;
            // Whoever slept too long finds that another process has begun anew.
            if org.store.status()? != (Status::Frozen { to: home.name.clone() }) {
                return Err(Error::Stopped);
            }
            self.activate(id, to)?;
            tell(watch, &Step::Arrived { home: home.name.clone() })?;
            self.leave(id, source, to, watch)
        })
    }

    /// Removes the copies that an org has left behind.
    pub fn confirm_move(&self, id: RecordId) -> Result<(), Error> {
        let _claim = self.claim(id)?;
        let mut journey = Journey::of(id, self.copies(id), self)?;
        let Some(active) = journey.active else { return Err(Error::NotMoving { id }) };
        let _lease = Lease::take(self, id, &[active])?;
        if let Some((source, _)) = journey.frozen.take() {
            self.leave(id, source, active, &mut |_| std::ops::ControlFlow::Continue(()))?;
            journey.kept.push(source);
        }
        if journey.kept.is_empty() {
            return Err(Error::NotMoving { id });
        }
        journey.kept.iter().try_for_each(|&home| self.remove(id, home))
    }

    /// Takes back a move that has not arrived, or an import that was cut off.
    pub fn cancel_move(&self, id: RecordId) -> Result<(), Error> {
        let _claim = self.claim(id)?;
        let journey = Journey::of(id, self.copies(id), self)?;
        if let Some(active) = journey.active
            && (journey.frozen.is_some() || !journey.kept.is_empty())
        {
            return Err(Error::Arrived { id, home: self.homes[active].name.clone() });
        }
        if journey.frozen.is_none() && journey.incoming.is_empty() {
            return Err(Error::NotMoving { id });
        }
        if let Some((_, to)) = &journey.frozen
            && self.number(to).is_err()
        {
            return Err(Error::TargetUnknown { id, to: to.clone() });
        }
        let mut homes = journey.incoming.clone();
        homes.extend(journey.active);
        homes.extend(journey.frozen.iter().map(|it| it.0));
        let _lease = Lease::take(self, id, &homes)?;
        // In this order: as long as the source is frozen, resuming is possible too.
        journey.incoming.iter().try_for_each(|&home| self.remove(id, home))?;
        if let Some((source, _)) = journey.frozen {
            self.served_in(id, source)?.store.set_status(Status::Active)?;
        }
        Ok(())
    }

    /// Puts a whole copy into service.
    pub(super) fn activate(&self, id: RecordId, home: usize) -> Result<(), Error> {
        let org = self.homes[home].store.open(&id.to_string(), &self.options)?;
        match org.status()? {
            Status::Incoming => Ok(org.set_status(Status::Active)?),
            status => Err(Error::NotServed { id, home: self.homes[home].name.clone(), status }),
        }
    }

    /// The last step of a move: the source goes out of service, with the sessions in it.
    fn leave(&self, id: RecordId, source: usize, to: usize, watch: Watch<'_>) -> Result<(), Error> {
        let from = &self.homes[source];
        {
            let org = self.copy_in(id, source)?;
            org.store.set_status(Status::Moved { to: self.homes[to].name.clone() })?;
            // Whoever still looks into it, in this process or another, must sign in again.
            crate::session::end_all(&org)?;
        }
        self.places.put(id, to);
        self.put_away(id);
        // Opening it tells its new home who signs in there. The old one forgets them afterwards:
        // at no time does neither know them.
        self.get(id)?;
        from.roster()?.forget(&id.to_string())?;
        tell(watch, &Step::Left { home: from.name.clone() })
    }

    /// Refuses to let data leave its region.
    pub(super) fn check_region(&self, org: &Org, id: RecordId, to: usize) -> Result<(), Error> {
        let (region, home) = (region::of(org)?, &self.homes[to]);
        if region == home.region {
            return Ok(());
        }
        let (home, other) = (home.name.clone(), home.region.clone());
        Err(Error::OtherRegion { id, region, home, other })
    }
}

impl Journey {
    /// A home that does not answer matters if the org may be active there; what else it may hold
    /// is of a move that is over or was cut off.
    fn of(id: RecordId, copies: Copies, orgs: &Orgs) -> Result<Self, Error> {
        let mut journey = Self::default();
        for (home, status) in copies.found {
            match status {
                Status::Making => {}
                Status::Active => {
                    if let Some(other) = journey.active.replace(home) {
                        let name = |n: usize| orgs.homes[n].name.clone();
                        return Err(Error::Twice { id, home: name(other), other: name(home) });
                    }
                }
                Status::Incoming => journey.incoming.push(home),
                Status::Frozen { to } => journey.frozen = Some((home, to)),
                Status::Moved { .. } => journey.kept.push(home),
            }
        }
        match copies.away {
            Some(away) if journey.active.is_none() => Err(away),
            _ => Ok(journey),
        }
    }

    /// What is left to do until the org is in the home `to`.
    fn left(&self, id: RecordId, to: usize, orgs: &Orgs) -> Result<Left, Error> {
        let name = |n: usize| orgs.homes[n].name.clone();
        if self.kept.contains(&to) {
            return Err(Error::Kept { id, home: name(to) });
        }
        match (self.active, &self.frozen) {
            (Some(active), Some((source, _))) if active == to => Ok(Left::Leaving(*source)),
            (Some(active), None) if active == to && !self.kept.is_empty() => Ok(Left::Nothing),
            (Some(active), None) if active == to => Err(Error::SameHome { id, home: name(to) }),
            (Some(active), Some(_)) => Err(Error::Arrived { id, home: name(active) }),
            (Some(active), None) => Ok(Left::From(active)),
            (None, Some((_, other))) if *other != orgs.homes[to].name => {
                Err(Error::MovingElsewhere { id, to: other.clone() })
            }
            (None, Some((source, _))) => Ok(Left::From(*source)),
            (None, None) => Err(Error::UnknownOrg { name: id.to_string() }),
        }
    }
}
