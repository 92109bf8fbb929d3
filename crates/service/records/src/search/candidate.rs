//! Which records match, the best first: what the index says, and for records of which the actor
//! may not read every searched field, what they hold in the others.
//!
//! The index knows nothing of rights. Where it has fields that the actor may not read, or cannot
//! answer a search to the letter (a wildcard within a word), what it finds is read, and decided by
//! the same expression over the fields that are left. A record is then neither found by a hidden
//! word, nor kept from being found by one that a search excludes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ::search::expr::Negations;
use ::search::{Expr, Plan};
use base::RecordId;
use schema::{Object, ObjectId};
use store::Reader;

use super::build;
use super::field::{self, Searched};
use crate::context::Ctx;
use crate::error::Error;

// Tests have few records and must come by all paths all the same.

/// The most records of an object, or of all at once, that the index is asked for first, and the
/// most where these were too few: most of them may be out of the actor's reach, or of a WHERE's.
const CANDIDATES: [usize; 2] = if cfg!(test) { [4, 50_000] } else { [5_000, 50_000] };

/// Records that are read at once to see whether they match.
const READ_MAX: usize = if cfg!(test) { 8 } else { 500 };

/// A search under way.
pub(super) struct Finder<'a> {
    ctx: &'a Ctx,
    /// The best matches first; the last is the whole search.
    tiers: Vec<Expr>,
    /// The same as the index is asked.
    asked: Vec<Expr>,
    /// Whether the index finds what matches and nothing else.
    exact: bool,
    /// What the index has found of all objects together; none if that was too much.
    together: Option<HashMap<ObjectId, Vec<RecordId>>>,
}

impl<'a> Finder<'a> {
    /// Asks the index for all of `objects` at once, which is enough for most searches.
    pub(super) fn new(ctx: &'a Ctx, plan: Plan, objects: &[&Object]) -> Result<Self, Error> {
        let hidden = objects.iter().any(|it| Hidden::of(ctx, it).is_some());
        let negations = if hidden { Negations::LeftOut } else { Negations::Asked };
        let mut tiers = plan.tiers;
        tiers.push(plan.all);
        let (mut asked, mut exact) = (Vec::new(), true);
        for tier in &tiers {
            let indexable = tier.indexable(negations);
            asked.push(indexable.expr);
            exact &= indexable.exact;
        }
        let mut finder = Self { ctx, tiers, asked, exact, together: None };
        let start = objects.iter().map(|it| *field::ids(it).start()).min();
        let end = objects.iter().map(|it| *field::ids(it).end()).max();
        let (Some(start), Some(end)) = (start, end) else { return Ok(finder) };
        let found = ctx.org.store.state().read(|index| {
            let max = CANDIDATES[0];
            // The last tier finds all: if it finds none, or too many, the others need no asking.
            let all = finder.ask(index, finder.asked.len() - 1, start, end, max)?;
            if all.is_empty() || max < all.len() {
                return Ok::<_, Error>((max >= all.len()).then(Vec::new));
            }
            let mut ranked = Vec::new();
            for tier in 0..finder.asked.len() - 1 {
                ranked.extend(finder.ask(index, tier, start, end, max)?);
            }
            ranked.extend(all);
            Ok(Some(ranked))
        })?;
        finder.together = found.map(|ids| {
            let mut by_object: HashMap<ObjectId, Vec<RecordId>> = HashMap::new();
            for id in once(ids) {
                if let Some(object) = ctx.schema.object_of_prefix(id.prefix()) {
                    by_object.entry(object.id).or_default().push(id);
                }
            }
            by_object
        });
        Ok(finder)
    }

    /// Hands portions of the records of `object` that match to `take`, the best first, each once,
    /// until it says that it has enough. The portions grow.
    pub(super) fn each(
        &self,
        reader: &Reader,
        object: &Object,
        mut take: impl FnMut(&[RecordId]) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let hidden = Hidden::of(self.ctx, object);
        let decide = !self.exact || hidden.is_some();
        let readable = hidden.map_or_else(|| field::fields(object), |it| it.readable);
        let mut seen = HashSet::new();
        for max in CANDIDATES {
            let (ids, is_all) = self.candidates(object, max)?;
            let new: Vec<RecordId> = ids.into_iter().filter(|it| seen.insert(*it)).collect();
            let (mut rest, mut n) = (new.as_slice(), READ_MAX / 4);
            while !rest.is_empty() {
                let (portion, after) = rest.split_at(n.min(rest.len()));
                (rest, n) = (after, (n * 2).min(super::ROWS_MAX));
                let enough = if decide {
                    take(&self.decided(reader, object, &readable, portion)?)?
                } else {
                    take(portion)?
                };
                if enough {
                    return Ok(());
                }
            }
            if is_all {
                return Ok(());
            }
        }
        let (org, object) = (self.ctx.org.store.id(), object.name.as_str());
        tracing::info!(org.id = org, object.name = object, "a search finds too much to see it all");
        Ok(())
    }

    /// What the index finds of `object`, and whether that is all.
    fn candidates(&self, object: &Object, max: usize) -> Result<(Vec<RecordId>, bool), Error> {
        if let Some(together) = &self.together {
            return Ok((together.get(&object.id).cloned().unwrap_or_default(), true));
        }
        let ids = field::ids(object);
        self.ctx.org.store.state().read(|index| {
            let (mut ranked, mut n) = (Vec::new(), 0);
            for tier in 0..self.asked.len() {
                let found = self.ask(index, tier, *ids.start(), *ids.end(), max)?;
                n = found.len();
                ranked.extend(found);
            }
            Ok((once(ranked), n <= max))
        })
    }

    /// One more than `max` where there are more.
    fn ask(
        &self,
        index: &Reader,
        tier: usize,
        start: RecordId,
        end: RecordId,
        max: usize,
    ) -> Result<Vec<RecordId>, Error> {
        Ok(index.find(&self.asked[tier], start..=end, max as u64 + 1)?)
    }

    /// Those of `ids` that match in `readable` fields, the best first.
    fn decided(
        &self,
        reader: &Reader,
        object: &Object,
        readable: &[Searched],
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, Error> {
        let mut ranked: BTreeSet<(usize, RecordId)> = BTreeSet::new();
        for ids in ids.chunks(READ_MAX) {
            let query = self.ctx.access.guard(build::of_ids(object, readable, ids));
            build::each_document(reader, &query, readable, |id, document| {
                if self.tiers.last().is_some_and(|all| all.matches(&document)) {
                    let tier = self.tiers.iter().position(|it| it.matches(&document));
                    ranked.extend(tier.map(|it| (it, id)));
                }
            })?;
        }
        Ok(ranked.into_iter().map(|(_, id)| id).collect())
    }
}

/// An object of which the actor may read some searched fields, and some not.
struct Hidden {
    readable: Vec<Searched>,
}

impl Hidden {
    fn of(ctx: &Ctx, object: &Object) -> Option<Self> {
        let fields = field::fields(object);
        let readable = field::readable(ctx, object, &fields);
        (readable.len() < fields.len()).then_some(Self { readable })
    }
}

/// Each id where it stands first.
fn once(ids: Vec<RecordId>) -> Vec<RecordId> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.into_iter().filter(|it| seen.insert(*it)).collect()
}

/// How many of each object's records are returned where all together may be `max`: as many of
/// each, and what one leaves over goes to the others.
pub(super) fn shares(counts: &[usize], max: usize) -> Vec<usize> {
    let mut by_count: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (n, count) in counts.iter().enumerate() {
        by_count.entry(*count).or_default().push(n);
    }
    let mut shares = vec![0; counts.len()];
    let (mut left, mut n_left) = (max, counts.len());
    for (count, places) in by_count {
        for place in places {
            // What does not divide goes to those that come last here: they have the most.
            let share = count.min(left / n_left);
            shares[place] = share;
            (left, n_left) = (left - share, n_left - 1);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn rows_are_shared_out() {
        for (counts, max, shared) in [
            (vec![19, 35], 20, vec![10, 10]),
            (vec![3, 35], 20, vec![3, 17]),
            (vec![3, 4], 20, vec![3, 4]),
            (vec![5, 5, 5], 10, vec![3, 3, 4]),
            (vec![0, 9], 5, vec![0, 5]),
            (vec![7], 0, vec![0]),
            (vec![], 9, vec![]),
        ] {
            assert_eq!(shares(&counts, max), shared, "{counts:?} {max}");
        }
    }
}
