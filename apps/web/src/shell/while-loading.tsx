/** What stands where an answer will be: its place, or that the deployment cannot be reached. */
import { useConnectionPhase } from "@heliograph/live-client";
import { Notice, OfflineIcon } from "@heliograph/ui";
import { useConvex } from "convex/react";
import type { ReactNode } from "react";

type WhileLoadingProps = {
  /** What cannot be reached, as a title: "The plans cannot be reached". */
  offline: string;
  children: ReactNode;
};

export function WhileLoading({ offline, children }: WhileLoadingProps) {
  const phase = useConnectionPhase(useConvex());
  return phase === "offline" ? <Unreachable title={offline} /> : children;
}

export function Unreachable({ title }: { title: string }) {
  return (
    <Notice icon={OfflineIcon} title={title}>
      <p>Your network or the service is down. This page keeps trying and opens by itself.</p>
    </Notice>
  );
}
