/**
 * Who may call what: every public function and HTTP route, called as everybody.
 * accessMatrix.test.ts enumerates the deployment and fails for what is missing here.
 *
 *   yes            allowed
 *   no             refused: not signed in as a machine (`unauthenticated`, or 401)
 *   kind           refused: another kind of machine may (`wrong_kind`, or 403)
 *   ended          refused: the token was revoked or has expired (`machine_revoked`)
 *   revoked        answered { state: "revoked" }, also on an open subscription
 *   rotated        answered { state: "rotated" }: no valid feed key
 *
 * `foreign` is signed in by somebody else; `feed key` and `old key` hold a current
 * and a rotated feed key and are not signed in.
 */
export const ACCESS_MATRIX = `
                       | nobody  | foreign | bot revoked | bot expired | console revoked | console expired | source  | bot     | console | feed key | old key
feed:position          | rotated | rotated | rotated     | rotated     | rotated         | rotated         | rotated | rotated | rotated | yes      | rotated
feed:segment           | rotated | rotated | rotated     | rotated     | rotated         | rotated         | rotated | rotated | rotated | yes      | rotated
ingest:events          | no      | no      | ended       | ended       | kind            | kind            | kind    | yes     | kind    | no       | no
leases:acquire         | no      | no      | ended       | ended       | kind            | kind            | kind    | yes     | kind    | no       | no
leases:beat            | no      | no      | ended       | ended       | kind            | kind            | kind    | yes     | kind    | no       | no
leases:list            | no      | no      | kind        | kind        | revoked         | revoked         | kind    | kind    | yes     | no       | no
leases:release         | no      | no      | ended       | ended       | kind            | kind            | kind    | yes     | kind    | no       | no
leases:status          | no      | no      | revoked     | revoked     | kind            | kind            | kind    | yes     | kind    | no       | no
live:rate              | no      | no      | kind        | kind        | revoked         | revoked         | kind    | kind    | yes     | no       | no
live:signals           | no      | no      | kind        | kind        | revoked         | revoked         | kind    | kind    | yes     | no       | no
machines:list          | no      | no      | kind        | kind        | revoked         | revoked         | kind    | kind    | yes     | no       | no
machines:revoke        | no      | no      | kind        | kind        | ended           | ended           | kind    | kind    | yes     | no       | no
mirrors:settle         | no      | no      | ended       | ended       | kind            | kind            | kind    | yes     | kind    | no       | no
mirrors:work           | no      | no      | revoked     | revoked     | kind            | kind            | kind    | yes     | kind    | no       | no
receipts:report        | no      | no      | ended       | ended       | ended           | ended           | kind    | yes     | yes     | no       | no
receipts:reportFeed    | rotated | rotated | rotated     | rotated     | rotated         | rotated         | rotated | rotated | rotated | yes      | rotated
receipts:summary       | no      | no      | kind        | kind        | revoked         | revoked         | kind    | kind    | yes     | no       | no
routes:create          | no      | no      | kind        | kind        | ended           | ended           | kind    | kind    | yes     | no       | no
routes:list            | no      | no      | kind        | kind        | revoked         | revoked         | kind    | kind    | yes     | no       | no
routes:remove          | no      | no      | kind        | kind        | ended           | ended           | kind    | kind    | yes     | no       | no
sources:create         | no      | no      | kind        | kind        | ended           | ended           | kind    | kind    | yes     | no       | no
sources:lastSeen       | no      | no      | revoked     | revoked     | kind            | kind            | kind    | yes     | kind    | no       | no
sources:list           | no      | no      | kind        | kind        | revoked         | revoked         | kind    | kind    | yes     | no       | no
sources:recent         | no      | no      | revoked     | revoked     | kind            | kind            | kind    | yes     | kind    | no       | no
sources:update         | no      | no      | kind        | kind        | ended           | ended           | kind    | kind    | yes     | no       | no
sources:watched        | no      | no      | revoked     | revoked     | kind            | kind            | kind    | yes     | kind    | no       | no
GET /time              | yes     | yes     | yes         | yes         | yes             | yes             | yes     | yes     | yes     | yes      | yes
OPTIONS /auth/machine  | yes     | yes     | yes         | yes         | yes             | yes             | yes     | yes     | yes     | yes      | yes
OPTIONS /time          | yes     | yes     | yes         | yes         | yes             | yes             | yes     | yes     | yes     | yes      | yes
POST /auth/machine     | no      | no      | no          | no          | no              | no              | yes     | yes     | yes     | no       | no
POST /ingest/v1/events | no      | no      | no          | no          | no              | no              | yes     | kind    | kind    | no       | no
`;
