/** Everything stored about oneself, as a file. */
import { Button, Panel, Strip, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { readExport } from "./read-export.ts";

export function ExportPanel() {
  const client = useConvex();
  const { run, busy, refusal } = useDeed();
  const download = async () => {
    const text = JSON.stringify(await readExport(client), null, 2);
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "heliograph-account.json";
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Panel title="Your data" about="Everything that is stored about you, as a JSON file.">
      {refusal !== null && <Strip tone="bad">{refusal.message}</Strip>}
      <Button busy={busy} onClick={() => void run(download)}>
        Download
      </Button>
    </Panel>
  );
}
