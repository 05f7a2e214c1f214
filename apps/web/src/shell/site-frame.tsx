/** The frame of every page of the site: where one can go, and whether one is signed in. */
import { useConvexAuth } from "@convex-dev/auth/react";
import { useConnectionPhase } from "@heliograph/live-client";
import {
  AccountIcon,
  AppShell,
  ConnectionChip,
  KeyIcon,
  LiveIcon,
  type NavItem,
  PricingIcon,
  Spoken,
  Stack,
  ThemeToggle,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { type ReactNode, useEffect } from "react";
import { pathOf, type View } from "./paths.ts";

type Place = { view: View; text: string; icon: ReactNode };

const FEED: Place = { view: "feed", text: "Feed", icon: <LiveIcon aria-hidden size={16} /> };
const PRICING: Place = {
  view: "pricing",
  text: "Pricing",
  icon: <PricingIcon aria-hidden size={16} />,
};
const SIGN_IN: Place = {
  view: "signIn",
  text: "Sign in",
  icon: <KeyIcon aria-hidden size={16} />,
};
const ACCOUNT: Place = {
  view: "account",
  text: "Account",
  icon: <AccountIcon aria-hidden size={16} />,
};

/** The site's navigation as it stands for whoever is (not) signed in. */
export function useSiteNav(view: View | null): readonly NavItem[] {
  const { isAuthenticated } = useConvexAuth();
  const places = [FEED, PRICING, isAuthenticated ? ACCOUNT : SIGN_IN];
  return places.map(({ view: known, text, icon }) => ({
    text,
    icon,
    href: pathOf(known),
    current: known === view,
  }));
}

type SiteFrameProps = {
  view: View | null;
  title: string;
  /** Whether the title is seen; else it is only read out. */
  titleShown?: boolean;
  children: ReactNode;
};

/** A page that is not the feed. */
export function SiteFrame({ view, title, titleShown = true, children }: SiteFrameProps) {
  const nav = useSiteNav(view);
  const phase = useConnectionPhase(useConvex());
  const isCut = phase === "offline" || phase === "reconnecting";
  useEffect(() => {
    document.title = `${title} · Heliograph`;
  }, [title]);
  return (
    <AppShell
      status={isCut && <ConnectionChip phase={phase} />}
      actions={<ThemeToggle />}
      nav={nav}
    >
      {titleShown ? (
        <Stack>
          <h1>{title}</h1>
          {children}
        </Stack>
      ) : (
        <>
          <h1>
            <Spoken>{title}</Spoken>
          </h1>
          {children}
        </>
      )}
    </AppShell>
  );
}
