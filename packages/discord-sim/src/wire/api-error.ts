/**
 * Refusals in Discord's shape: an HTTP status and `{code, message, errors?}`.
 * The names are the codes that clients act on; the table is the whole list.
 */
import { RESTJSONErrorCodes as Code } from "discord-api-types/v10";

export type FormErrorTree = { [key: string]: FormErrorTree | FormErrorEntry[] };
export type FormErrorEntry = { code: string; message: string };

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: number;
  readonly errors: FormErrorTree | undefined;

  constructor(status: number, code: number, message: string, errors?: FormErrorTree) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  /** The body of the answer. */
  toBody(): { message: string; code: number; errors?: FormErrorTree } {
    const body = { message: this.message, code: this.code };
    return this.errors === undefined ? body : { ...body, errors: this.errors };
  }
}

/** Each call makes a new error, so its stack shows who refused. */
export const refuse = {
  unauthorized: () => new ApiError(401, 0, "401: Unauthorized"),
  noRoute: () => new ApiError(404, 0, "404: Not Found"),
  internal: () => new ApiError(500, 0, "500: Internal Server Error"),
  unknownChannel: () => new ApiError(404, Code.UnknownChannel, "Unknown Channel"),
  unknownGuild: () => new ApiError(404, Code.UnknownGuild, "Unknown Guild"),
  unknownMember: () => new ApiError(404, Code.UnknownMember, "Unknown Member"),
  unknownMessage: () => new ApiError(404, Code.UnknownMessage, "Unknown Message"),
  unknownRole: () => new ApiError(404, Code.UnknownRole, "Unknown Role"),
  unknownUser: () => new ApiError(404, Code.UnknownUser, "Unknown User"),
  missingAccess: () => new ApiError(403, Code.MissingAccess, "Missing Access"),
  missingPermissions: () => new ApiError(403, Code.MissingPermissions, "Missing Permissions"),
  foreignMessage: () =>
    new ApiError(
      403,
      Code.CannotEditMessageAuthoredByAnotherUser,
      "Cannot edit a message authored by another user",
    ),
  emptyMessage: () =>
    new ApiError(400, Code.CannotSendAnEmptyMessage, "Cannot send an empty message"),
  tooManyFiles: () =>
    new ApiError(
      400,
      Code.MaximumNumberOfAttachmentsInAMessageReached,
      "Maximum number of attachments in a message reached (10)",
    ),
  tooLarge: () => new ApiError(413, Code.RequestEntityTooLarge, "Request entity too large"),
  badJson: () =>
    new ApiError(
      400,
      Code.RequestBodyContainsInvalidJSON,
      "The request body contains invalid JSON.",
    ),
  tooOldToBulkDelete: () =>
    new ApiError(
      400,
      Code.OneOfTheMessagesProvidedWasTooOldForBulkDelete,
      "You can only bulk delete messages that are under 14 days old.",
    ),
  invalidForm: (errors: FormErrorTree) =>
    new ApiError(400, Code.InvalidFormBodyOrContentType, "Invalid Form Body", errors),
} satisfies Record<string, (...details: never[]) => ApiError>;
