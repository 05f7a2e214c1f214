import { heliographPage } from "@heliograph/ui/page-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [react(), heliographPage()] });
