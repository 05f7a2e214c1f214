/** Starts the operator's console. */
import { ConvexProvider } from "convex/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { ConsoleSession } from "./session/console-session.ts";
import { SessionContext } from "./session/use-console-query.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
const session = new ConsoleSession();

createRoot(root).render(
  <StrictMode>
    <ConvexProvider client={session.client}>
      <SessionContext value={session}>
        <App />
      </SessionContext>
    </ConvexProvider>
  </StrictMode>,
);
