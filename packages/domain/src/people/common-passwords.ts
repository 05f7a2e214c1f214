/**
 * Words that passwords are made of too often. A password that is one of these, however it is
 * padded or spelt with digits, is refused. Lower case, letters only.
 */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  `password passwort passphrase letmein welcome admin administrator qwerty qwertyuiop qwertz asdfgh asdfghjkl
   zxcvbn zxcvbnm iloveyou monkey dragon master sunshine princess football baseball basketball superman batman
   trustno michael jordan charlie shadow whatever freedom starwars computer internet samsung google facebook
   secret changeme default login access hello abc abcd abcdef abcdefg abcdefgh abcdefghij killer hunter hockey
   soccer pokemon summer winter spring autumn bitcoin ethereum trading trader crypto cryptocurrency discord
   heliograph signals`.split(/\s+/),
);
