----------------------------- MODULE StockFold -----------------------------
(***************************************************************************)
(* The fold: which records of the stock log count.                         *)
(*                                                                         *)
(* It says the same as libs/domain/inventory/src/fold.ts, under the same   *)
(* names; tools/spec folds the same logs with both and compares.           *)
(*                                                                         *)
(* A record that does not count leaves the state as it is. A record is     *)
(* [kind |-> ..., ...] as in records.ts; ranges are [from |-> ...,         *)
(* to |-> ...], `to` exclusive.                                            *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
  Rules,               \* the rules in force; all of them, unless one is dropped to see what it is for
  HomeShard(_, _)      \* (pool, userId) -> the one shard that may give this person a unit

InForce(rule) == rule \in Rules

FOLD_VERSION == 1
MAP_VERSION == 1

EmptyFunction == [x \in {} |-> 0]
Without(function, key) == [x \in DOMAIN function \ {key} |-> function[x]]
With(function, key, value) == (key :> value) @@ function
ValueOr(function, key, default) == IF key \in DOMAIN function THEN function[key] ELSE default
Units(range) == range.from .. (range.to - 1)

NoPool == [key |-> 0, settlement |-> "none", stock |-> 0, shards |-> 0]

(* ShardState of shard-state.ts. `stopped` is what FoldStop leads to: the shard is not served. *)
EmptyShard(shardNo) ==
  [ shardNo             |-> shardNo,
    pool                |-> NoPool,
    free                |-> {},
    everHad             |-> {},
    heldByUser          |-> EmptyFunction,
    grabs               |-> EmptyFunction,
    generations         |-> EmptyFunction,
    spentQualifications |-> {},
    addIds              |-> {},
    lent                |-> EmptyFunction,
    borrowed            |-> EmptyFunction,
    heldCount           |-> 0,
    withdrawnCount      |-> 0,
    closed              |-> FALSE,
    isFirst             |-> TRUE,
    stopped             |-> FALSE ]

IsCreated(state) == state.pool # NoPool

----------------------------------------------------------------------------

applyCreated(state, record) ==
  IF ~state.isFirst THEN state
  ELSE IF record.foldVersion # FOLD_VERSION \/ record.mapVersion # MAP_VERSION
       THEN [state EXCEPT !.stopped = TRUE]
       ELSE [state EXCEPT !.pool = record.pool,
                          !.free = @ \cup Units(record.range),
                          !.everHad = @ \cup Units(record.range)]

applyAdded(state, record) ==
  IF record.addId \in state.addIds \/ state.everHad \cap Units(record.range) # {} THEN state
  ELSE [state EXCEPT !.addIds = @ \cup {record.addId},
                     !.free = @ \cup Units(record.range),
                     !.everHad = @ \cup Units(record.range)]

----------------------------------------------------------------------------

grantCounts(state, grant) ==
  /\ InForce("closed") => ~state.closed
  /\ InForce("home-shard") => HomeShard(state.pool, grant.userId) = state.shardNo
  /\ InForce("new-grabId") => grant.grabId \notin DOMAIN state.grabs
  /\ InForce("holds-nothing") => grant.userId \notin DOMAIN state.heldByUser
  /\ grant.qualificationId # "" => grant.qualificationId \notin state.spentQualifications
  /\ InForce("first-wins") => grant.unitNo \in state.free

applyGrant(state, grant) ==
  IF ~grantCounts(state, grant) THEN state
  ELSE LET holding == [ userId          |-> grant.userId,
                        grabId          |-> grant.grabId,
                        unitNo          |-> grant.unitNo,
                        generation      |-> ValueOr(state.generations, grant.unitNo, 0),
                        qualificationId |-> grant.qualificationId ]
       IN [state EXCEPT
             !.free = @ \ {grant.unitNo},
             !.heldByUser = With(@, grant.userId, holding),
             !.grabs = With(@, grant.grabId, [kind |-> "held", holding |-> holding]),
             !.spentQualifications = IF grant.qualificationId = "" THEN @ ELSE @ \cup {grant.qualificationId},
             !.heldCount = @ + 1]

(* Several grants may ride in one record, each folded by itself, in order. *)
RECURSIVE applyGrants(_, _, _)
applyGrants(state, grants, upTo) ==
  IF upTo = 0 THEN state ELSE applyGrant(applyGrants(state, grants, upTo - 1), grants[upTo])

(* The grabs that an `ended` record ends: exactly the one it names, if that holds exactly this unit for exactly this person. *)
endedGrabs(state, record) ==
  IF InForce("exact-end")
  THEN {g \in {record.grabId} \cap DOMAIN state.grabs :
          LET fate == state.grabs[g]
          IN fate.kind = "held" /\ fate.holding.userId = record.userId /\ fate.holding.unitNo = record.unitNo}
  ELSE {g \in DOMAIN state.grabs : state.grabs[g].kind = "held" /\ state.grabs[g].holding.unitNo = record.unitNo}

applyEnded(state, record) ==
  LET ending == endedGrabs(state, record)
      \* A packet never goes back to stock: its amount was already shown to somebody.
      staysOut == InForce("packet-stays-out") /\ record.toStock /\ state.pool.settlement = "payout"
  IN IF ending = {} \/ staysOut THEN state
     ELSE LET grabId == CHOOSE g \in ending : TRUE
              holding == state.grabs[grabId].holding
          IN IF record.toStock
             THEN [state EXCEPT
                     !.heldCount = @ - 1,
                     !.grabs = With(@, grabId, [kind |-> "ended", holding |-> holding]),
                     !.heldByUser = Without(@, holding.userId),
                     !.generations = With(@, holding.unitNo, holding.generation + 1),
                     !.free = @ \cup {holding.unitNo}]
             ELSE [state EXCEPT
                     !.heldCount = @ - 1,
                     !.grabs = With(@, grabId, [kind |-> "withdrawn", holding |-> holding]),
                     !.withdrawnCount = @ + 1]

(* A voided grab holds nothing; only its person is known. *)
NoHolding(userId, grabId) ==
  [userId |-> userId, grabId |-> grabId, unitNo |-> -1, generation |-> -1, qualificationId |-> ""]

applyVoided(state, record) ==
  IF record.grabId \in DOMAIN state.grabs THEN state
  ELSE [state EXCEPT !.grabs = With(@, record.grabId,
          [kind |-> "voided", holding |-> NoHolding(record.userId, record.grabId)])]

----------------------------------------------------------------------------

applyLent(state, record) ==
  LET units == Units(record.range)
      generations == [k \in 1 .. Cardinality(units) |-> ValueOr(state.generations, record.range.from + k - 1, 0)]
  IN IF \/ InForce("closed") /\ state.closed
        \/ InForce("lend-once") /\ record.moveId \in DOMAIN state.lent
        \/ units = {}
        \/ ~(units \subseteq state.free)
     THEN state
     ELSE [state EXCEPT
             !.free = @ \ units,
             !.lent = With(@, record.moveId,
               [range |-> record.range, otherShardNo |-> record.borrowerShardNo, generations |-> generations])]

applyBorrowed(state, record) ==
  LET units == Units(record.range)
      taken == [k \in {j \in DOMAIN record.generations : record.generations[j] > 0} |-> record.generations[k]]
      newer == [unitNo \in {record.range.from + k - 1 : k \in DOMAIN taken} |-> taken[unitNo - record.range.from + 1]]
  IN IF \/ InForce("borrow-once") /\ record.moveId \in DOMAIN state.borrowed
        \/ Len(record.generations) # record.range.to - record.range.from
        \/ units \cap state.free # {}
     THEN state
     ELSE [state EXCEPT
             !.borrowed = With(@, record.moveId,
               [range |-> record.range, otherShardNo |-> record.lenderShardNo, generations |-> record.generations]),
             !.generations = newer @@ @,
             !.free = @ \cup units,
             !.everHad = @ \cup units]

----------------------------------------------------------------------------

applyRecord(state, record) ==
  IF record.kind = "created" THEN applyCreated(state, record)
  ELSE IF ~IsCreated(state) THEN state
  ELSE CASE record.kind = "added"    -> applyAdded(state, record)
         [] record.kind = "granted"  -> applyGrants(state, record.grants, Len(record.grants))
         [] record.kind = "ended"    -> applyEnded(state, record)
         [] record.kind = "voided"   -> applyVoided(state, record)
         [] record.kind = "lent"     -> applyLent(state, record)
         [] record.kind = "borrowed" -> applyBorrowed(state, record)
         [] record.kind = "closed"   -> [state EXCEPT !.closed = TRUE]

(* One record of the log; `unreadable` stands for one that the code does not know. *)
applyEntry(state, record) ==
  IF state.stopped THEN state
  ELSE IF record.kind = "unreadable" THEN [state EXCEPT !.stopped = TRUE]
  ELSE [applyRecord(state, record) EXCEPT !.isFirst = FALSE]

(***************************************************************************)
(* countStock of stock-count.ts, over a set of shards' states: lent by one *)
(* shard and not yet borrowed by the other is in transit.                  *)
(***************************************************************************)
RECURSIVE Sum(_, _)
Sum(f(_), set) == IF set = {} THEN 0 ELSE LET x == CHOOSE x \in set : TRUE IN f(x) + Sum(f, set \ {x})

OpenMoves(states) ==
  LET borrowed == UNION {DOMAIN state.borrowed : state \in states}
  IN UNION {{[moveId |-> m, range |-> state.lent[m].range] : m \in DOMAIN state.lent \ borrowed} : state \in states}

countStock(states) ==
  LET freeOf(state) == Cardinality(state.free)
      heldOf(state) == state.heldCount
      withdrawnOf(state) == state.withdrawnCount
      sizeOf(move) == move.range.to - move.range.from
  IN [ free      |-> Sum(freeOf, states),
       held      |-> Sum(heldOf, states),
       inTransit |-> Sum(sizeOf, OpenMoves(states)),
       withdrawn |-> Sum(withdrawnOf, states) ]
=============================================================================
