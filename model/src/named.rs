//! Enums whose members have one name each: on the wire, in the store, in settings and in what people read of them alike.

/// Declares an enum by its members and their names, and how they are written and read. `"new" | "old"` reads an older name too.
#[macro_export]
macro_rules! named {
    ($(#[$meta:meta])* pub enum $Name:ident { $($(#[$of:meta])* $Member:ident = $name:tt $(| $former:tt)?),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $Name {
            $($(#[$of])* #[serde(rename = $name $(, alias = $former)?)] $Member),+
        }

        impl $Name {
            /// Every member.
            pub const ALL: &'static [Self] = &[$(Self::$Member),+];

            /// The one name of this member.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Member => $name),+
                }
            }

            /// The member of this name, or of a name it had before.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $former)? => Some(Self::$Member),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.name())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer as _;
    use serde::de::value::{Error, StrDeserializer};

    use crate::exchange::{Exchange, SignInState};
    use crate::session::SessionEnd;

    fn is_named_once<Named>(all: &[Named], name: impl Fn(Named) -> &'static str, from_name: impl Fn(&str) -> Option<Named>)
    where
        Named: Copy + PartialEq + std::fmt::Debug + serde::Serialize + for<'a> serde::Deserialize<'a>,
    {
        for member in all {
            let written = serde_json::to_value(member).expect("writable");
            assert_eq!(written, name(*member), "the wire and the name say the same");
            assert_eq!(from_name(name(*member)), Some(*member));
            assert_eq!(all.iter().filter(|other| name(**other) == name(*member)).count(), 1, "{member:?}");
        }
        assert_eq!(from_name("nothing of the kind"), None);
    }

    #[test]
    fn a_member_has_the_same_name_wherever_it_is_written() {
        is_named_once(Exchange::ALL, Exchange::name, Exchange::from_name);
        is_named_once(SignInState::ALL, SignInState::name, SignInState::from_name);
        is_named_once(SessionEnd::ALL, SessionEnd::name, SessionEnd::from_name);
    }

    #[test]
    fn a_former_name_is_still_read_and_never_written() {
        let former: StrDeserializer<'_, Error> = "at_psc".into_deserializer();
        assert_eq!(serde::Deserialize::deserialize(former), Ok(SignInState::AtProvider));
        assert_eq!(SignInState::from_name("at_psc"), Some(SignInState::AtProvider));
        assert_eq!(SignInState::AtProvider.name(), "at_provider");
    }
}
