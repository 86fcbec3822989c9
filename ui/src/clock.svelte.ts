let now = $state(Date.now());
setInterval(() => (now = Date.now()), 1_000);

/** The wall clock in milliseconds since 1970; whoever reads it follows it, second by second. */
export const clock = {
  get now(): number {
    return now;
  },
};
