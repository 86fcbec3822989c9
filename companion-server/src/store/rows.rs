//! What goes into the memory and comes out of it.

mod administration;
mod grant;
mod pair;
mod purge;
mod redemption;
mod session;
mod sign_in;
mod sign_out;
mod trail;

pub use administration::{Cancelled, Designated, DeviceEntry, Erased, SessionEntry};
pub use grant::{DroppedGrant, GrantRow, GrantShown, Owing, SealedTokens};
pub use pair::{DeviceSeen, Forgetting, Forgotten, OwnSessionRow, PairRow, Recognition};
pub use purge::{PurgeLines, PurgeRules, Purged};
pub use redemption::{Presented, RedeemAttempt, RedeemLines, Redeemed, Replaced};
pub use session::{Ending, RotateAttempt, Rotated, SessionRow, TokenKind, TokenRow};
pub use sign_in::{Arrow, ClosedSignIn, Inserted, NewSignInRow, Release, ReturnAddress, SignInKey, SignInRow, TypedTry, WayBack};
pub use sign_out::{NewAddress, NewSignOut, OwedSignOut, SignOut};
pub use trail::{AuditPeriod, AuditRow, SealHash};
