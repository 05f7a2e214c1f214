/** Starts the customer's page. */
import { ConvexAuthProvider } from "@convex-dev/auth/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startSession } from "./session.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
const session = startSession();

createRoot(root).render(
  <StrictMode>
    <ConvexAuthProvider client={session.client}>
      <App session={session} />
    </ConvexAuthProvider>
  </StrictMode>,
);
