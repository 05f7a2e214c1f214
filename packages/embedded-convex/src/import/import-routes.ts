/** What `convex import` asks for; callers have checked the admin key. */
import type { JSONValue } from "convex/values";
import { isComponentName } from "../deploy/component-definition.ts";
import { arrayField, objectField, optionalField, stringField } from "../deploy/request-fields.ts";
import {
  HttpError,
  type HttpExchange,
  type HttpHandler,
  jsonAnswer,
  readJson,
} from "../http/exchange.ts";
import type { ImportRequest, Imports } from "./imports.ts";
import type { ImportFormat, ImportMode } from "./parsed-import.ts";
import type { Uploads } from "./uploads.ts";

const MAX_PART_BYTES = 1024 * 1024 * 1024;
const FORMATS: readonly ImportFormat[] = ["csv", "jsonLines", "jsonArray", "zip"];
const MODES: readonly ImportMode[] = ["requireEmpty", "append", "replace", "replaceAll"];

export function createImportRoutes(imports: Imports, uploads: Uploads): HttpHandler {
  return async (exchange) => {
    switch (`${exchange.method} ${exchange.path}`) {
      case "POST /api/import/start_upload":
        return jsonAnswer(200, { uploadToken: await uploads.start() });
      case "POST /api/import/upload_part": {
        const { query } = exchange;
        const [token, part] = [query.get("uploadToken") ?? "", query.get("partNumber") ?? ""];
        return jsonAnswer(200, await uploads.addPart(token, part, exchange.stream(MAX_PART_BYTES)));
      }
      case "POST /api/import/finish_upload":
        return jsonAnswer(200, await finishUpload(exchange, imports, uploads));
      case "POST /api/perform_import": {
        const { importId } = objectField(await readJson(exchange), "body");
        return jsonAnswer(200, await imports.confirm(stringField(importId, "importId")));
      }
      default:
        return null;
    }
  };
}

async function finishUpload(
  exchange: HttpExchange,
  imports: Imports,
  uploads: Uploads,
): Promise<JSONValue> {
  const body = objectField(await readJson(exchange), "body");
  const token = stringField(body.uploadToken, "uploadToken");
  const wanted = readRequest(objectField(body.import, "import"));
  const path = await uploads.finish(token, arrayField(body.partTokens, "partTokens"));
  return { importId: await imports.begin({ ...wanted, path }, () => uploads.remove(token)) };
}

function readRequest(fields: { readonly [field: string]: JSONValue }): Omit<ImportRequest, "path"> {
  const component = optionalField(fields.componentPath, stringField, "import.componentPath") ?? "";
  if (component !== "" && !component.split("/").every(isComponentName)) {
    throw new HttpError(400, "BadRequest", "`import.componentPath` is no path of a component.");
  }
  const format = oneOf(FORMATS, fields.format, "import.format");
  const table = optionalField(fields.tableName, stringField, "import.tableName");
  if ((table === null) !== (format === "zip")) {
    throw new HttpError(400, "BadRequest", "A zip names its tables, other files need `tableName`.");
  }
  return { format, table, component, mode: oneOf(MODES, fields.mode, "import.mode") };
}

function oneOf<T extends string>(
  known: readonly T[],
  value: JSONValue | undefined,
  where: string,
): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new HttpError(400, "BadRequest", `\`${where}\` must be one of ${known.join(", ")}`);
}
