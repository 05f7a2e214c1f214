/**
 * Who may call what: every public function and HTTP route, called as everybody.
 * accessMatrix.test.ts enumerates the deployment and fails for what is missing here.
 *
 *   yes            allowed
 *   no             refused: not signed in as whom it is for (`unauthenticated`, or 401)
 *   forbidden      signed in, without the role: thrown, or answered { state: "forbidden" }
 *   signed out     answered { state: "signedOut" }
 *   kind           refused: another kind of machine may (`wrong_kind`, or 403)
 *   ended          refused: the token was revoked or has expired (`machine_revoked`)
 *   revoked        answered { state: "revoked" }, also on an open subscription
 *   error          fails without a code: Convex Auth does not expect a machine
 *   rotated        answered { state: "rotated" }: no valid feed key
 *
 * `foreign` is signed in by somebody else; `session ended` is a customer whose session is gone; `feed key` and `old key` hold a current
 * and a rotated feed key and are not signed in.
 */
export const ACCESS_MATRIX = `
                                      | nobody     | foreign    | session ended | customer  | support   | operator | owner   | bot revoked | bot expired | console revoked | console expired | source     | bot        | console    | feed key   | old key
access:explain                        | signed out | signed out | signed out    | forbidden | yes       | yes      | yes     | kind        | kind        | revoked         | revoked         | kind       | kind       | yes        | signed out | signed out
access:giveGrant                      | no         | no         | no            | forbidden | forbidden | yes      | yes     | kind        | kind        | ended           | ended           | kind       | kind       | yes        | no         | no
access:grant                          | signed out | signed out | signed out    | yes       | yes       | yes      | yes     | signed out  | signed out  | signed out      | signed out      | signed out | signed out | signed out | signed out | signed out
access:mine                           | signed out | signed out | signed out    | yes       | yes       | yes      | yes     | signed out  | signed out  | signed out      | signed out      | signed out | signed out | signed out | signed out | signed out
access:revokeGrant                    | no         | no         | no            | forbidden | forbidden | yes      | yes     | kind        | kind        | ended           | ended           | kind       | kind       | yes        | no         | no
access:timeline                       | signed out | signed out | signed out    | forbidden | yes       | yes      | yes     | kind        | kind        | revoked         | revoked         | kind       | kind       | yes        | signed out | signed out
auth:isAuthenticated                  | yes        | yes        | yes           | yes       | yes       | yes      | yes     | yes         | yes         | yes             | yes             | yes        | yes        | yes        | yes        | yes
auth:signIn                           | yes        | error      | yes           | yes       | yes       | yes      | yes     | error       | error       | error           | error           | error      | error      | error      | yes        | yes
auth:signOut                          | yes        | error      | yes           | yes       | yes       | yes      | yes     | error       | error       | error           | error           | error      | error      | error      | yes        | yes
feed:position                         | rotated    | rotated    | rotated       | rotated   | rotated   | rotated  | rotated | rotated     | rotated     | rotated         | rotated         | rotated    | rotated    | rotated    | yes        | rotated
feed:segment                          | rotated    | rotated    | rotated       | rotated   | rotated   | rotated  | rotated | rotated     | rotated     | rotated         | rotated         | rotated    | rotated    | rotated    | yes        | rotated
ingest:events                         | no         | no         | no            | no        | no        | no       | no      | ended       | ended       | kind            | kind            | kind       | yes        | kind       | no         | no
leases:acquire                        | no         | no         | no            | no        | no        | no       | no      | ended       | ended       | kind            | kind            | kind       | yes        | kind       | no         | no
leases:beat                           | no         | no         | no            | no        | no        | no       | no      | ended       | ended       | kind            | kind            | kind       | yes        | kind       | no         | no
leases:list                           | signed out | signed out | signed out    | forbidden | forbidden | yes      | yes     | kind        | kind        | revoked         | revoked         | kind       | kind       | yes        | signed out | signed out
leases:release                        | no         | no         | no            | no        | no        | no       | no      | ended       | ended       | kind            | kind            | kind       | yes        | kind       | no         | no
leases:status                         | no         | no         | no            | no        | no        | no       | no      | revoked     | revoked     | kind            | kind            | kind       | yes        | kind       | no         | no
live:rate                             | signed out | signed out | signed out    | forbidden | forbidden | yes      | yes     | kind        | kind        | revoked         | revoked         | kind       | kind       | yes        | signed out | signed out
live:signals                          | signed out | signed out | signed out    | forbidden | forbidden | yes      | yes     | kind        | kind        | revoked         | revoked         | kind       | kind       | yes        | signed out | signed out
machines:list                         | signed out | signed out | signed out    | forbidden | forbidden | yes      | yes     | kind        | kind        | revoked         | revoked         | kind       | kind       | yes        | signed out | signed out
machines:revoke                       | no         | no         | no            | forbidden | forbidden | yes      | yes     | kind        | kind        | ended           | ended           | kind       | kind       | yes        | no         | no
mirrors:settle                        | no         | no         | no            | no        | no        | no       | no      | ended       | ended       | kind            | kind            | kind       | yes        | kind       | no         | no
mirrors:work                          | no         | no         | no            | no        | no        | no       | no      | revoked     | revoked     | kind            | kind            | kind       | yes        | kind       | no         | no
receipts:report                       | no         | no         | no            | no        | no        | no       | no      | ended       | ended       | kind            | kind            | kind       | yes        | kind       | no         | no
receipts:reportConsole                | no         | no         | no            | forbidden | forbidden | yes      | yes     | kind        | kind        | ended           | ended           | kind       | kind       | yes        | no         | no
receipts:reportFeed                   | rotated    | rotated    | rotated       | rotated   | rotated   | rotated  | rotated | rotated     | rotated     | rotated         | rotated         | rotated    | rotated    | rotated    | yes        | rotated
receipts:summary                      | signed out | signed out | signed out    | forbidden | forbidden | yes      | yes     | kind        | kind        | revoked         | revoked         | kind       | kind       | yes        | signed out | signed out
routes:create                         | no         | no         | no            | forbidden | forbidden | yes      | yes     | kind        | kind        | ended           | ended           | kind       | kind       | yes        | no         | no
routes:list                           | signed out | signed out | signed out    | forbidden | forbidden | yes      | yes     | kind        | kind        | revoked         | revoked         | kind       | kind       | yes        | signed out | signed out
routes:remove                         | no         | no         | no            | forbidden | forbidden | yes      | yes     | kind        | kind        | ended           | ended           | kind       | kind       | yes        | no         | no
sources:create                        | no         | no         | no            | forbidden | forbidden | yes      | yes     | kind        | kind        | ended           | ended           | kind       | kind       | yes        | no         | no
sources:lastSeen                      | no         | no         | no            | no        | no        | no       | no      | revoked     | revoked     | kind            | kind            | kind       | yes        | kind       | no         | no
sources:list                          | signed out | signed out | signed out    | forbidden | forbidden | yes      | yes     | kind        | kind        | revoked         | revoked         | kind       | kind       | yes        | signed out | signed out
sources:recent                        | no         | no         | no            | no        | no        | no       | no      | revoked     | revoked     | kind            | kind            | kind       | yes        | kind       | no         | no
sources:update                        | no         | no         | no            | forbidden | forbidden | yes      | yes     | kind        | kind        | ended           | ended           | kind       | kind       | yes        | no         | no
sources:watched                       | no         | no         | no            | no        | no        | no       | no      | revoked     | revoked     | kind            | kind            | kind       | yes        | kind       | no         | no
staff:me                              | signed out | signed out | signed out    | yes       | yes       | yes      | yes     | signed out  | signed out  | signed out      | signed out      | signed out | signed out | signed out | signed out | signed out
GET /.well-known/jwks.json            | yes        | yes        | yes           | yes       | yes       | yes      | yes     | yes         | yes         | yes             | yes             | yes        | yes        | yes        | yes        | yes
GET /.well-known/openid-configuration | yes        | yes        | yes           | yes       | yes       | yes      | yes     | yes         | yes         | yes             | yes             | yes        | yes        | yes        | yes        | yes
GET /media/*                          | no         | no         | no            | no        | no        | no       | no      | no          | no          | no              | no              | no         | no         | no         | no         | no
GET /time                             | yes        | yes        | yes           | yes       | yes       | yes      | yes     | yes         | yes         | yes             | yes             | yes        | yes        | yes        | yes        | yes
OPTIONS /auth/machine                 | yes        | yes        | yes           | yes       | yes       | yes      | yes     | yes         | yes         | yes             | yes             | yes        | yes        | yes        | yes        | yes
OPTIONS /time                         | yes        | yes        | yes           | yes       | yes       | yes      | yes     | yes         | yes         | yes             | yes             | yes        | yes        | yes        | yes        | yes
POST /auth/machine                    | no         | no         | no            | no        | no        | no       | no      | no          | no          | no              | no              | yes        | yes        | yes        | no         | no
POST /ingest/v1/events                | no         | no         | no            | no        | no        | no       | no      | no          | no          | no              | no              | yes        | kind       | kind       | no         | no
`;
