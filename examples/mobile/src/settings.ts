// What the app is built with, by serve.mjs from the environment.

declare const __ISSUER__: string;
declare const __CLIENT_ID__: string;

/** The provider, byte for byte as it calls itself; everything else about it is discovered. */
export const ISSUER = __ISSUER__;
export const CLIENT_ID = __CLIENT_ID__;
