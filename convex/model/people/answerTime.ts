/** How long an answer takes at least that must not tell by its time whether an account exists. */
export const LEAST_ANSWER_MS = 400; // several times what the longest way takes; in a file of its own for tests
