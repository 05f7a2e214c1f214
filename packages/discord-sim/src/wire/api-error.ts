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
  cannotAuthorize: (reason: string) => new ApiError(400, 0, reason),
  internal: () => new ApiError(500, 0, "500: Internal Server Error"),
  unknownChannel: () => new ApiError(404, Code.UnknownChannel, "Unknown Channel"),
  unknownGuild: () => new ApiError(404, Code.UnknownGuild, "Unknown Guild"),
  unknownMember: () => new ApiError(404, Code.UnknownMember, "Unknown Member"),
  unknownMessage: () => new ApiError(404, Code.UnknownMessage, "Unknown Message"),
  unknownRole: () => new ApiError(404, Code.UnknownRole, "Unknown Role"),
  unknownUser: () => new ApiError(404, Code.UnknownUser, "Unknown User"),
  missingAccess: () => new ApiError(403, Code.MissingAccess, "Missing Access"),
  missingPermissions: () => new ApiError(403, Code.MissingPermissions, "Missing Permissions"),
  unknownWebhook: () => new ApiError(404, Code.UnknownWebhook, "Unknown Webhook"),
  unknownBan: () => new ApiError(404, Code.UnknownBan, "Unknown Ban"),
  unknownSticker: () => new ApiError(404, Code.UnknownSticker, "Unknown sticker"),
  unknownOverwrite: () =>
    new ApiError(404, Code.UnknownPermissionOverwrite, "Unknown Permission Overwrite"),
  banned: () =>
    new ApiError(403, Code.UserBannedFromThisGuild, "The user is banned from this guild."),
  invalidRole: () => new ApiError(400, Code.InvalidRole, "Invalid Role"),
  invalidOAuthToken: () =>
    new ApiError(403, Code.InvalidOAuth2AccessToken, "Invalid OAuth2 access token"),
  invalidWebhookToken: () => new ApiError(401, Code.InvalidWebhookToken, "Invalid Webhook Token"),
  tooManyWebhooks: () =>
    new ApiError(
      400,
      Code.MaximumNumberOfWebhooksReached,
      "Maximum number of webhooks reached (15)",
    ),
  tooManyServerWebhooks: () =>
    new ApiError(
      400,
      Code.MaximumNumberOfWebhooksPerGuildReached,
      "Maximum number of webhooks per guild reached (1000)",
    ),
  tooManyPins: () =>
    new ApiError(
      400,
      Code.MaximumNumberOfPinsReachedForTheChannel,
      "Maximum number of pins reached (250)",
    ),
  wrongChannelType: () =>
    new ApiError(
      400,
      Code.CannotExecuteActionOnThisChannelType,
      "Cannot execute action on this channel type",
    ),
  systemMessage: () =>
    new ApiError(
      403,
      Code.CannotExecuteActionOnSystemMessage,
      "Cannot execute action on a system message",
    ),
  alreadyCrossposted: () =>
    new ApiError(
      400,
      Code.ThisMessageWasAlreadyCrossposted,
      "This message has already been crossposted.",
    ),
  threadExists: () =>
    new ApiError(
      400,
      Code.ThreadAlreadyCreatedForMessage,
      "A thread has already been created for this message",
    ),
  threadLocked: () => new ApiError(400, Code.ThreadLocked, "Thread is locked"),
  threadArchived: () => new ApiError(400, Code.InvalidActionOnArchivedThread, "Thread is archived"),
  unknownTag: () => new ApiError(404, Code.UnknownTag, "Unknown tag"),
  tagRequired: () =>
    new ApiError(
      400,
      Code.TagRequiredToCreateAForumPostInThisChannel,
      "A tag is required to create a forum post in this channel",
    ),
  cannotForward: () =>
    new ApiError(
      400,
      Code.CannotForwardMessageWithUnreadableContent,
      "You cannot forward a message whose content you cannot read",
    ),
  pollExpired: () => new ApiError(400, Code.PollExpired, "Poll expired"),
  forumNeedsThread: () =>
    new ApiError(
      400,
      Code.WebhooksPostedToForumChannelsMustHaveAThreadNameOrThreadId,
      "Webhooks posted to forum channels must have a thread_name or thread_id",
    ),
  threadNameAndId: () =>
    new ApiError(
      400,
      Code.WebhooksPostedToForumChannelsCannotHaveBothAThreadNameAndThreadId,
      "Webhooks posted to forum channels cannot have both a thread_name and thread_id",
    ),
  threadNameOutsideForum: () =>
    new ApiError(
      400,
      Code.WebhooksCanOnlyCreateThreadsInForumChannels,
      "Webhooks can only create threads in forum channels",
    ),
  notAPoll: () =>
    new ApiError(400, Code.CannotExpireANonPollMessage, "Cannot expire a non-poll message"),
  noText: () =>
    new ApiError(
      400,
      Code.CannotSendMessagesInNonTextChannel,
      "Cannot send messages in a non-text channel",
    ),
  cannotEditPoll: () =>
    new ApiError(400, Code.CannotEditAPollMessage, "Cannot edit a poll message"),
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
