//! Finds the setting somebody meant.

use crate::reference::reference;

/// The most similar known key, if any is similar: a neighbour in the same table, or one of the same name elsewhere.
pub(crate) fn nearest(table: &str, name: &str, neighbours: &[&str]) -> Option<String> {
    let allowed = (name.chars().count() / 3).max(2);
    let distances = neighbours.iter().map(|neighbour| (distance(name, neighbour), *neighbour));
    let neighbour = distances.filter(|(distance, _)| *distance <= allowed).min();
    neighbour
        .map(
            |(_, neighbour)| {
                if table.is_empty() { neighbour.to_owned() } else { format!("{table}.{neighbour}") }
            },
        )
        .or_else(|| {
            let elsewhere = reference().into_iter().map(|entry| entry.key);
            elsewhere.into_iter().find(|key| key.rsplit('.').next() == Some(name))
        })
}

/// Levenshtein's: how many letters to insert, remove or replace.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut next = vec![index + 1];
        for (column, (other, pair)) in to.iter().zip(row.windows(2)).enumerate() {
            let replaced = pair[0] + usize::from(letter != *other);
            next.push(replaced.min(pair[1] + 1).min(next[column] + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_and_a_wrong_section_are_recognised() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(nearest("server", "listen_on", &["listen", "max_body"]), Some("server.listen".to_owned()));
        assert_eq!(nearest("", "sesion", &["session", "server"]), Some("session".to_owned()));
        assert_eq!(nearest("server", "remember_idle", &["listen"]), Some("session.remember_idle".to_owned()));
        assert_eq!(nearest("server", "colour_of_the_sky", &["listen"]), None);
    }
}
