// Generated from branding/branding.toml: do not edit.

/** What the publisher calls the software, and how to reach it. */
export const product: string = 'Vestibule';
export const publisher: string = 'Vestibule';
export const support: string | null = null;
export const terms: string | null = null;
export const privacy: string | null = null;
/** Address of its picture; without one, the drawing of a door. */
export const logo: string | null = null;
