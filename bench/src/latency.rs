//! Percentiles over every sample: nothing is dropped, estimated or put into buckets.

use std::time::Duration;

/// The times of all answers of a run, shortest first.
#[derive(Debug)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        Self(samples)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn per_second(&self, elapsed: Duration) -> f64 {
        u32::try_from(self.count()).map_or(f64::INFINITY, f64::from) / elapsed.as_secs_f64()
    }

    /// The shortest time that at least `percent` of 100 samples do not exceed (nearest rank); `None` without samples.
    pub(crate) fn percentile(&self, percent: usize) -> Option<Duration> {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(samples: impl IntoIterator<Item = u64>) -> Latencies {
        Latencies::of(samples.into_iter().map(Duration::from_millis).collect())
    }

    #[test]
    fn a_percentile_is_a_sample_that_was_really_measured() {
        let hundred = milliseconds((1..=100).rev());
        for percent in [1, 50, 99, 100] {
            let expected = Duration::from_millis(u64::try_from(percent).unwrap_or_default());
            assert_eq!(hundred.percentile(percent), Some(expected));
        }
        assert_eq!(milliseconds([5, 1, 3]).percentile(50), Some(Duration::from_millis(3)));
    }

    #[test]
    fn a_rate_is_what_was_answered_in_the_time_it_took() {
        let rate = milliseconds(0..500).per_second(Duration::from_millis(2_500));
        assert!((rate - 200.0).abs() < 1e-9, "{rate}");
    }

    /// One slow answer among fifty is the worst two percent of them.
    #[test]
    fn a_single_slow_answer_among_few_is_their_99th_percentile() {
        let fifty = milliseconds((1..50).chain([9_000]));
        assert_eq!(fifty.percentile(99), Some(Duration::from_secs(9)));
        assert_eq!(fifty.percentile(98), Some(Duration::from_millis(49)));
    }

    #[test]
    fn one_sample_is_every_percentile_and_none_has_none() {
        let one = milliseconds([7]);
        assert_eq!((one.percentile(0), one.percentile(99)), (one.percentile(50), one.percentile(100)));
        assert_eq!((milliseconds([]).percentile(50), milliseconds([]).count()), (None, 0));
    }
}
