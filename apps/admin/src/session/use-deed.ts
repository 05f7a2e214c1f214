/** One button's mutation: busy, done, or refused with a message to show. */
export { type Deed, useDeed } from "@heliograph/ui";
