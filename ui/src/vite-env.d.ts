/// <reference types="vite/client" />

/** Notices of those whose work is here under the MIT licence, and its text. */
declare const MIT_LICENCE: string;
