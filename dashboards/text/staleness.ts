/** Older figures mean that reporting has stopped: servers report every second, and a sample is visible within 5 s. */
export const staleAfterSeconds = 15;
