mod callback;
mod confirmation;
mod crash;
mod follow;
mod journey;
mod redeem;
mod start;
