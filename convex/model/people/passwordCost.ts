/** What a hash of a password costs: 32 MB and about 60 ms. In a file of its own, so that tests can be cheap. */
export const PASSWORD_COST = { N: 2 ** 14, r: 16, p: 1 };
