/** Our user id on an object of Stripe's, where our checkout put it. */
import { type Json, objectOf, textOf } from "../json-fields.ts";

/** The id in the metadata of the object, or of the subscription that an invoice is for. */
export function carriedUserId(object: Json): string | null {
  const parent = objectOf(objectOf(object.parent).subscription_details);
  const details = objectOf(object.subscription_details);
  const places = [object, parent, details].map((place) => objectOf(place.metadata));
  const ids = places.map((metadata) => textOf(metadata.heliograph_user_id));
  return ids.find((id) => id !== null) ?? null;
}
