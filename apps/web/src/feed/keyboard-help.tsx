/** The list of keys. */
import { Dialog, Facts, Kbd } from "@heliograph/ui";

type KeyboardHelpProps = { open: boolean; onOpenChange: (open: boolean) => void };

export function KeyboardHelp(props: KeyboardHelpProps) {
  return (
    <Dialog {...props} title="Keyboard shortcuts" description="They work anywhere on the feed.">
      <Facts
        rows={[
          ["Next signal", <Kbd key="j">j</Kbd>],
          ["Previous signal", <Kbd key="k">k</Kbd>],
          ["Newest signal", <Kbd key="n">n</Kbd>],
          ["This list", <Kbd key="?">?</Kbd>],
          ["Close", <Kbd key="esc">Esc</Kbd>],
        ]}
      />
    </Dialog>
  );
}
