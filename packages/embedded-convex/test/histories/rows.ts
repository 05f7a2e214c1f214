/** The one table of the histories: registers and lists at places in groups. */
import type { GenericId } from "convex/values";

export type RowDocument = {
  readonly _id: GenericId<"rows">;
  readonly _creationTime: number;
  readonly group: string;
  readonly place: number;
  readonly version: string;
  readonly items: string[];
};

export const INDEXES = { by_group: ["group", "place"], by_place: ["place"] };

/** For the types of `ctx.db`. */
export type RowModel = {
  rows: {
    document: RowDocument;
    fieldPaths: "_id" | "_creationTime" | "group" | "place" | "version" | "items";
    indexes: {
      by_group: ["group", "place", "_creationTime"];
      by_place: ["place", "_creationTime"];
      by_creation_time: ["_creationTime"];
      by_id: ["_id"];
    };
    // biome-ignore lint/complexity/noBannedTypes: what convex/server wants where there are none
    searchIndexes: {};
    // biome-ignore lint/complexity/noBannedTypes: the same
    vectorIndexes: {};
  };
};
