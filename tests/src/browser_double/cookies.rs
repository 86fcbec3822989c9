//! Cookies by host and not by port, as real browsers hold them; `__Host-` ones over plain http on loopback too, as Chromium was measured to.

use anyhow::{Context as _, ensure};

/// Before the name of an attempt: the cookies of the companion.
const PREFIX: &str = "__Host-vestibule-";
/// Before the names of the simulator's.
const SIMULATOR: &str = "psc_simulator_";
/// How every cookie of the companion ends.
const ATTRIBUTES: &str = "; Path=/; Secure; HttpOnly; SameSite=Lax";

#[derive(Debug)]
struct Cookie {
    host: String,
    name: String,
    value: String,
}

/// The oldest first: the order in which browsers present them (RFC 6265 section 5.4).
#[derive(Debug, Default)]
pub struct Cookies(Vec<Cookie>);

impl Cookies {
    /// Takes what an answer of this host sets.
    ///
    /// # Errors
    /// When it is no cookie that a part of ours may set. Its value is not told.
    pub fn take(&mut self, host: &str, line: &str) -> anyhow::Result<()> {
        let (name, value, attributes) = checked(line)?;
        let is_it = |cookie: &Cookie| cookie.host == host && cookie.name == name;
        if value.is_empty() || attributes.contains("; Max-Age=0;") {
            self.0.retain(|cookie| !is_it(cookie));
        } else if let Some(kept) = self.0.iter_mut().find(|cookie| is_it(cookie)) {
            value.clone_into(&mut kept.value);
        } else {
            self.0.push(Cookie { host: host.to_owned(), name: name.to_owned(), value: value.to_owned() });
        }
        Ok(())
    }

    /// The `Cookie` header that this host is sent.
    pub fn header(&self, host: &str) -> String {
        let mine = self.0.iter().filter(|cookie| cookie.host == host);
        mine.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect::<Vec<_>>().join("; ")
    }

    /// The companion's latest: what follows the prefix, and the value.
    pub fn latest(&self) -> Option<(&str, &str)> {
        self.0.iter().rev().find_map(|cookie| Some((cookie.name.strip_prefix(PREFIX)?, cookie.value.as_str())))
    }
}

/// Name, value and attributes of a cookie that its setter may set.
pub fn checked(line: &str) -> anyhow::Result<(&str, &str, &str)> {
    let (name, rest) = line.split_once('=').context("a cookie without a value")?;
    let (value, attributes) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
    let life = attributes.strip_suffix(ATTRIBUTES).filter(|_| name.starts_with(PREFIX));
    // A browser keeps none under this prefix that names a domain.
    let is_ours = life.is_some_and(|life| life.is_empty() || life.starts_with("; Max-Age=") && life.matches(';').count() == 1);
    let is_sound = is_ours || name.starts_with(SIMULATOR);
    ensure!(is_sound, "a cookie that nothing of ours may set: {name}=…{attributes}");
    Ok((name, value, attributes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax";

    fn line(name: &str, value: &str) -> String {
        format!("{PREFIX}{name}={value}{SOUND}")
    }

    #[test]
    fn a_cookie_is_replaced_in_its_place_and_taken_back_by_its_host_alone() {
        let mut cookies = Cookies::default();
        for (name, value) in [("A", "1"), ("B", "2"), ("A", "3")] {
            cookies.take("127.0.0.1", &line(name, value)).unwrap();
        }
        cookies.take("localhost", &line("A", "4")).unwrap();
        assert_eq!(cookies.header("127.0.0.1"), format!("{PREFIX}A=3; {PREFIX}B=2"));
        assert_eq!(cookies.latest(), Some(("A", "4")));
        cookies.take("127.0.0.1", &line("B", "")).unwrap();
        cookies.take("127.0.0.1", &line("A", "5").replace("=600", "=0")).unwrap();
        assert_eq!((cookies.header("127.0.0.1").as_str(), cookies.header("localhost")), ("", format!("{PREFIX}A=4")));
    }

    #[test]
    fn a_cookie_with_less_than_ours_have_is_refused_and_its_value_is_not_told() {
        let mut cookies = Cookies::default();
        let sound = line("A", "secret");
        cookies.take("127.0.0.1", &sound).unwrap();
        for part in ["__Host-", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            let told = cookies.take("127.0.0.1", &sound.replace(part, "")).unwrap_err().to_string();
            assert!(!told.contains("secret"), "{told}");
        }
        for unsound in ["=secret", "secret", "other=secret; Path=/; Secure; HttpOnly; SameSite=Lax"] {
            assert!(cookies.take("127.0.0.1", unsound).is_err(), "{unsound}");
        }
        for place in ["; Max-Age", "; Path", "; Secure"] {
            let shared = sound.replace(place, &format!("; Domain=hopital.example{place}"));
            assert!(cookies.take("127.0.0.1", &shared).is_err(), "{shared}");
        }
    }
}
