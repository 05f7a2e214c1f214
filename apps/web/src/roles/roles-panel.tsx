/** The roles one should have in Discord, and why not yet. */
import { Badge, ErrorIcon, Facts, Notice, Panel, SkeletonBlock } from "@heliograph/ui";
import { api, type OwnRole } from "../backend.ts";
import { useAnswer } from "../shell/use-answer.ts";
import { reasonText } from "./role-words.ts";

const TONES = { held: "good", coming: "neutral", blocked: "warn" } as const;
const STATES = { held: "yours", coming: "coming", blocked: "not yet" } as const;

/** Shows nothing to who should have no role. */
export function RolesPanel() {
  const answer = useAnswer(api.roles.mine, {});
  if (answer.state === "loading") return <SkeletonBlock heightRem={8} />;
  if (answer.state === "failed") {
    return (
      <Notice icon={ErrorIcon} title="Your roles could not be read">
        <p>{answer.message}</p>
      </Notice>
    );
  }
  const roles = answer.data.state === "current" ? answer.data.roles : [];
  if (roles.length === 0) return null;
  return (
    <Panel title="Roles in Discord" about="What your plan gives you there.">
      <Facts rows={roles.map((role) => [`${role.name} in ${role.guildName}`, standing(role)])} />
    </Panel>
  );
}

function standing({ state, code }: OwnRole) {
  return (
    <>
      <Badge tone={TONES[state]}>{STATES[state]}</Badge> {state !== "held" && reasonText(code)}
    </>
  );
}
