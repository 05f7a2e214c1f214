/** The deployment this page lives on: its functions, its types, its addresses. */
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api.js";

export { api };

export const DEPLOYMENT_URL = import.meta.env.VITE_CONVEX_URL;
export const SITE_URL = import.meta.env.VITE_CONVEX_SITE_URL;

type Current<Answer> = Extract<Answer, { state: "current" }>;

/** What is for sale, as the pricing page shows it. */
export type Catalogue = FunctionReturnType<typeof api.catalogue.published>;
export type CatalogueOffer = Catalogue["offers"][number];
export type PaymentProvider = CatalogueOffer["providers"][number];

/** What the signed-in person has bought and may see. */
export type Standing = Current<FunctionReturnType<typeof api.checkouts.mine>>;
export type OwnCheckout = NonNullable<
  Current<FunctionReturnType<typeof api.checkouts.status>>["checkout"]
>;

type SegmentAnswer = FunctionReturnType<typeof api.feed.segment>;

/** A signal as the backend's feed gives it. */
export type FeedSignal = Current<SegmentAnswer>["signals"][number];

/** Who is signed in. */
export type Me = Current<FunctionReturnType<typeof api.account.me>>;

/** The signed-in person's Discord account, and the servers of their plan. */
export type OwnDiscord = Current<FunctionReturnType<typeof api.discord.mine>>;
export type DiscordServer = OwnDiscord["servers"][number];

/** A session of theirs. */
export type SessionRow = Current<
  FunctionReturnType<typeof api.account.sessions>
>["sessions"][number];

/** Something of theirs that renews. */
export type Renewal = Current<FunctionReturnType<typeof api.account.renewals>>["renewals"][number];
/** A role they should have in Discord. */
export type OwnRole = Current<FunctionReturnType<typeof api.roles.mine>>["roles"][number];
