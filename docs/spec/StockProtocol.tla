--------------------------- MODULE StockProtocol ---------------------------
(***************************************************************************)
(* Redis proposes, the log decides, a promise is a read-back.              *)
(*                                                                         *)
(* One pool, its shards, and everything that can get into their logs:      *)
(*                                                                         *)
(* - Redis may propose anything at any time. So a grant of any unit to any *)
(*   person by any of their grabs may be appended to any shard's log at    *)
(*   any time: an emptied, an old, a doubled cache, a relay that was       *)
(*   paused and a cache that works are all among these behaviours.         *)
(* - A record is appended late, twice or never: no step uses it up, and    *)
(*   nothing makes it happen. Each shard's log has an order of its own.    *)
(* - A record that does not count changes nothing, so the model's log does *)
(*   not keep it. That leaves the same states with fewer records.          *)
(* - A reader (an instance that answers, the recorder, the audit) is a     *)
(*   position in each shard's log. Wherever somebody acts on what was      *)
(*   read, the model takes all positions: readers that lag, by different   *)
(*   amounts in different shards, and readers that began anew.             *)
(* - Whatever may be told is taken as told: `told` grows by all answers    *)
(*   that any reader may give. More answers only make it harder to keep    *)
(*   them all.                                                             *)
(***************************************************************************)
EXTENDS StockFold

CONSTANTS
  ShardCount,       \* shards are numbered from 0
  Stock,            \* units are numbered from 0
  People,           \* a set of numbers; a person's home is the number modulo ShardCount
  GrabsPerPerson,   \* grabIds a person may use: <<person, n>>
  MoveCount,        \* move ids
  Settlements,      \* which pools: a subset of {"order", "payout"}
  WithVoided,       \* may grabs be voided
  WithClosed,       \* may shards be closed
  RecordsPerShard,  \* bound of a shard's log, its `created` not counted
  RecordsInAll      \* bound of all logs together

VARIABLES
  log,   \* shard -> the records that counted, each with the fold's state after it
  told,  \* every answer that somebody was given
  step   \* what was appended last, to show how a state came about
vars == <<log, told, step>>

AllRules == { "read-back", "first-wins", "holds-nothing", "new-grabId", "home-shard", "exact-end", "lend-once",
              "borrow-after-lend", "borrow-once", "at-least", "closed", "packet-stays-out" }
ASSUME Rules \subseteq AllRules

Shards == 0 .. ShardCount - 1
UnitNos == 0 .. Stock - 1
Home(pool, userId) == userId % ShardCount
Grabs(userId) == {<<userId, n>> : n \in 1 .. GrabsPerPerson}
Moves == 1 .. MoveCount

(* A packet pool asks for a qualification, which is taken once; a sale does not. *)
QualificationOf(pool, userId) == IF pool.settlement = "payout" THEN ToString(userId) ELSE ""

----------------------------------------------------------------------------
(* Positions in the logs *)

Last(s) == Len(log[s])
StateAt(s, position) == log[s][position].state
State(s) == StateAt(s, Last(s))
RecordsOf(s) == {log[s][k].record : k \in 1 .. Last(s)}
Pool == State(0).pool

(***************************************************************************)
(* Where a reader of two shards can stand that it could not in an earlier  *)
(* state: one of them at least is read to its end.                         *)
(***************************************************************************)
ASSUME ShardCount <= 2
Positions(theLog) ==
  LET ends == [s \in Shards |-> Len(theLog[s])]
  IN UNION {{[ends EXCEPT ![s] = position] : position \in 1 .. ends[s]} : s \in Shards}

(***************************************************************************)
(* Rule `at-least`. Who adds up several shards must have read each lender  *)
(* at least to the offset that every borrow it has read names: else a unit *)
(* is seen where it went and still where it came from.                     *)
(***************************************************************************)
IsCut(theLog, at) ==
  InForce("at-least") =>
    \A s \in Shards : \A k \in 1 .. at[s] :
      LET record == theLog[s][k].record
      IN record.kind = "borrowed" => at[record.lenderShardNo] >= record.lenderOffset

StatesAt(theLog, at) == {theLog[s][at[s]].state : s \in Shards}

----------------------------------------------------------------------------
(* Answers *)

Granted(holding) ==
  [ answer |-> "granted", userId |-> holding.userId, grabId |-> holding.grabId, unitNo |-> holding.unitNo,
    generation |-> holding.generation, grants |-> 0 ]
GrabEnded(holding) ==
  [ answer |-> "grab-ended", userId |-> holding.userId, grabId |-> holding.grabId, unitNo |-> -1,
    generation |-> -1, grants |-> 0 ]
SoldOut(userId, grants) ==
  [ answer |-> "sold-out", userId |-> userId, grabId |-> <<>>, unitNo |-> -1, generation |-> -1, grants |-> grants ]

(* answerFromFate of grab-answer.ts: what a reader of this state says about a grab, or about the person who holds. *)
AnswersFromFates(state) ==
  {LET fate == state.grabs[g] IN IF fate.kind = "held" THEN Granted(fate.holding) ELSE GrabEnded(fate.holding) :
     g \in DOMAIN state.grabs}

GrantsOf(states, userId) ==
  UNION {{<<state.shardNo, g>> : g \in {h \in DOMAIN state.grabs :
           state.grabs[h].holding.userId = userId /\ state.grabs[h].kind # "voided"}} : state \in states}

(* Final: the home shard is closed, or, for packets, no unit is free anywhere and no move is open. *)
IsFinal(theLog, at, userId) ==
  LET states == StatesAt(theLog, at)
      home == theLog[Home(Pool, userId)][at[Home(Pool, userId)]].state
  IN \/ home.closed
     \/ /\ Pool.settlement = "payout"
        /\ IsCut(theLog, at)
        /\ \A state \in states : state.free = {}
        /\ OpenMoves(states) = {}

(* Who holds one is told so; everybody else may be told that it is over. `grants` notes how many grabs they had won by then. *)
SoldOutAnswers(theLog) ==
  {SoldOut(userId, Cardinality(GrantsOf(StatesAt(theLog, at), userId))) :
     <<userId, at>> \in
       {<<u, p>> \in People \X Positions(theLog) :
          /\ u \notin DOMAIN theLog[Home(Pool, u)][p[Home(Pool, u)]].state.heldByUser
          /\ IsFinal(theLog, p, u)}}

(* Without `read-back` a grant is promised when its record is in the log, whether it counts or not. *)
AnswersAtAcknowledgement(s, record) ==
  IF InForce("read-back") \/ record.kind # "granted" THEN {}
  ELSE LET grant == record.grants[1]
       IN {Granted([ userId |-> grant.userId, grabId |-> grant.grabId, unitNo |-> grant.unitNo,
                     generation |-> ValueOr(State(s).generations, grant.unitNo, 0) ])}

----------------------------------------------------------------------------
(* What gets into the logs *)

Length == Sum(LAMBDA s : Last(s) - 1, Shards)

(* The record is the next of shard s. The log grows by it only if it counts. *)
AppendTo(s, record) ==
  LET before == State(s)
      after == applyEntry(before, record)
      longer == [log EXCEPT ![s] = Append(@, [record |-> record, state |-> after])]
      promised == AnswersAtAcknowledgement(s, record)
  IN /\ step' = [shard |-> s, record |-> record]
     /\ \/ /\ after # before
           /\ Last(s) <= RecordsPerShard /\ Length < RecordsInAll
           /\ log' = longer
           /\ told' = told \cup AnswersFromFates(after) \cup SoldOutAnswers(longer) \cup promised
        \/ /\ after = before
           /\ ~(promised \subseteq told)
           /\ told' = told \cup promised
           /\ UNCHANGED log

(***************************************************************************)
(* Names that differ in nothing are taken in order: the second person of a *)
(* shard acts after the first, a person's second grab is made after the    *)
(* first, and so on. Any other behaviour is one of these under other       *)
(* names.                                                                  *)
(***************************************************************************)
GrabsSeen == UNION {DOMAIN State(s).grabs : s \in Shards} \cup {t.grabId : t \in told}
NextPeople ==
  LET seen == {g[1] : g \in GrabsSeen \ {<<>>}}
  IN {userId \in People : \A other \in People :
        other < userId /\ Home(Pool, other) = Home(Pool, userId) => other \in seen}
NextGrabs(userId) ==
  LET seen == GrabsSeen
  IN {g \in Grabs(userId) : g[2] > 1 => <<userId, g[2] - 1>> \in seen}

MoveRecords(s, moveId) == {r \in RecordsOf(s) : r.kind \in {"lent", "borrowed"} /\ r.moveId = moveId}
NextMoves == {moveId \in Moves : moveId > 1 => \E s \in Shards : MoveRecords(s, moveId - 1) # {}}

(* One unit is as good as another that began in the same shard, until something happens to it. *)
NextUnits ==
  LET seen == UNION {UNION {CASE r.kind = "granted" -> {r.grants[1].unitNo}
                              [] r.kind \in {"lent", "borrowed"} -> Units(r.range)
                              [] OTHER -> {} : r \in RecordsOf(s)} : s \in Shards}
  IN UNION {LET range == log[s][1].record.range
            IN {unitNo \in Units(range) : range.from .. (unitNo - 1) \subseteq seen} : s \in Shards}

(* Rule 1, with a cache that proposes anything. *)
Propose(s, userId, grabId, unitNo) ==
  AppendTo(s, [ kind |-> "granted",
                grants |-> <<[ userId |-> userId, grabId |-> grabId, unitNo |-> unitNo,
                               qualificationId |-> QualificationOf(Pool, userId) ]>> ])

Void(s, userId, grabId) ==
  /\ WithVoided
  /\ AppendTo(s, [kind |-> "voided", userId |-> userId, grabId |-> grabId])

Promises == {t \in told : t.answer = "granted"}

(* Rule 6: an order expired, a payout came back. Somebody was told of the grant; the record may come late and again. *)
End(s, promise, toStock) ==
  AppendTo(s, [ kind |-> "ended", userId |-> promise.userId, grabId |-> promise.grabId,
                unitNo |-> promise.unitNo, toStock |-> toStock ])

(* Rule 5. A move id is made once, so all its records speak of the same move. *)
MoveAgrees(moveId, lender, borrower, unitNo) ==
  \A s \in Shards : \A r \in MoveRecords(s, moveId) :
    /\ r.range.from = unitNo
    /\ IF r.kind = "lent" THEN s = lender /\ r.borrowerShardNo = borrower
                          ELSE s = borrower /\ r.lenderShardNo = lender

Range(unitNo) == [from |-> unitNo, to |-> unitNo + 1]

Lend(lender, borrower, moveId, unitNo) ==
  /\ lender # borrower
  /\ MoveAgrees(moveId, lender, borrower, unitNo)
  /\ AppendTo(lender, [kind |-> "lent", moveId |-> moveId, range |-> Range(unitNo), borrowerShardNo |-> borrower])

Borrowed(moveId, lender, offset, range, generations) ==
  [ kind |-> "borrowed", moveId |-> moveId, range |-> range, lenderShardNo |-> lender, lenderOffset |-> offset,
    generations |-> generations ]

(* Rule `borrow-after-lend`: the lend was read back as taken, and the borrow says exactly what the lender's fold took. *)
BorrowWhatWasTaken(lender, offset) ==
  LET record == log[lender][offset].record
  IN /\ record.kind = "lent"
     /\ LET move == StateAt(lender, offset).lent[record.moveId]
        IN AppendTo(move.otherShardNo, Borrowed(record.moveId, lender, offset, move.range, move.generations))

(* Without it: a lend of a unit that the lender had was sent, and whether it counts is not waited for. *)
BorrowWhatWasSent(lender, borrower, moveId, unitNo) ==
  /\ ~InForce("borrow-after-lend")
  /\ lender # borrower /\ unitNo \in State(lender).everHad
  /\ MoveAgrees(moveId, lender, borrower, unitNo)
  /\ AppendTo(borrower, Borrowed(moveId, lender, Last(lender), Range(unitNo),
                                 <<ValueOr(State(lender).generations, unitNo, 0)>>))

(* Rule 9. *)
Close(s) == WithClosed /\ AppendTo(s, [kind |-> "closed"])

----------------------------------------------------------------------------

Created(settlement, s) ==
  [ kind |-> "created", foldVersion |-> FOLD_VERSION, mapVersion |-> MAP_VERSION,
    pool |-> [key |-> 1, settlement |-> settlement, stock |-> Stock, shards |-> ShardCount],
    range |-> [from |-> (Stock * s) \div ShardCount, to |-> (Stock * (s + 1)) \div ShardCount] ]

Init ==
  /\ \E settlement \in Settlements :
       log = [s \in Shards |-> <<[ record |-> Created(settlement, s),
                                   state |-> applyEntry(EmptyShard(s), Created(settlement, s)) ]>>]
  /\ told = {}
  /\ step = [shard |-> -1, record |-> [kind |-> "created"]]

Next ==
  \/ \E unitNo \in NextUnits, userId \in NextPeople : \E grabId \in NextGrabs(userId), s \in Shards :
       Propose(s, userId, grabId, unitNo)
  \/ \E userId \in NextPeople : \E grabId \in NextGrabs(userId) : Void(Home(Pool, userId), userId, grabId)
  \/ \E promise \in Promises, s \in Shards, toStock \in BOOLEAN : End(s, promise, toStock)
  \/ \E moveId \in NextMoves, unitNo \in NextUnits, lender, borrower \in Shards :
       \/ Lend(lender, borrower, moveId, unitNo)
       \/ BorrowWhatWasSent(lender, borrower, moveId, unitNo)
  \/ \E lender \in Shards : \E offset \in 1 .. Last(lender) : BorrowWhatWasTaken(lender, offset)
  \/ \E s \in Shards : Close(s)

Spec == Init /\ [][Next]_vars

(* The states that the fold made follow from the records; the checker need not compare them, nor the way here. *)
View == <<[s \in Shards |-> [k \in 1 .. Last(s) |-> log[s][k].record]], told>>

----------------------------------------------------------------------------
(* What must hold *)

FatesOf(grabId) == {State(s).grabs[grabId] : s \in {x \in Shards : grabId \in DOMAIN State(x).grabs}}

(* An end of exactly this grab is in the log. *)
WasEnded(promise) == \E s \in Shards : \E r \in RecordsOf(s) :
  /\ r.kind = "ended"
  /\ r.userId = promise.userId /\ r.grabId = promise.grabId /\ r.unitNo = promise.unitNo

(* No unit is promised to two people at once, nor ever to two in one generation. *)
NoUnitPromisedTwice == \A one, other \in Promises :
  one.unitNo = other.unitNo /\ one.userId # other.userId =>
    /\ one.generation # other.generation
    /\ WasEnded(one) \/ WasEnded(other)

(* Who was told "granted" holds exactly that in the log, until exactly that is ended. *)
GrantedStands == \A promise \in Promises : \E fate \in FatesOf(promise.grabId) :
  /\ fate.holding.userId = promise.userId
  /\ fate.holding.unitNo = promise.unitNo
  /\ fate.holding.generation = promise.generation
  /\ fate.kind = "held" \/ (fate.kind \in {"ended", "withdrawn"} /\ WasEnded(promise))

(* A grab that was told to be over holds nothing again. *)
EndedStands == \A t \in told : t.answer = "grab-ended" =>
  \A fate \in FatesOf(t.grabId) : fate.kind \in {"ended", "withdrawn", "voided"}

(* Who was told the final "sold out" gets nothing after it. *)
SoldOutStands == \A t \in told : t.answer = "sold-out" =>
  Cardinality(GrantsOf({State(s) : s \in Shards}, t.userId)) <= t.grants

(* In a packet pool one in their lifetime, in a sale one at a time. *)
OneUnitAPerson == \A userId \in People :
  LET kinds == IF Pool.settlement = "payout" THEN {"held", "withdrawn"} ELSE {"held"}
  IN Cardinality(UNION {{<<s, g>> : g \in {h \in DOMAIN State(s).grabs :
       State(s).grabs[h].kind \in kinds /\ State(s).grabs[h].holding.userId = userId}} : s \in Shards}) <= 1

(* What UNIQUE(pool, unit, generation) of the unit register holds. *)
GenerationGrantedOnce == \A s, z \in Shards :
  \A g \in DOMAIN State(s).grabs, h \in DOMAIN State(z).grabs :
    LET one == State(s).grabs[g]
        other == State(z).grabs[h]
    IN /\ <<s, g>> # <<z, h>>
       /\ one.kind # "voided" /\ other.kind # "voided"
       /\ one.holding.unitNo = other.holding.unitNo
       => one.holding.generation # other.holding.generation

(* Where a unit is, as the states of all shards show it. *)
Places(states, unitNo) ==
  UNION {{<<"free", state.shardNo>> : x \in {unitNo} \cap state.free} : state \in states}
  \cup UNION {{<<"taken", state.shardNo, g>> : g \in {h \in DOMAIN state.grabs :
         state.grabs[h].kind \in {"held", "withdrawn"} /\ state.grabs[h].holding.unitNo = unitNo}} : state \in states}
  \cup {<<"in transit", move.moveId>> : move \in {m \in OpenMoves(states) : unitNo \in Units(m.range)}}

(* Rule 12: at every cut held + free + in transit + withdrawn = stock, and no unit is missing or in two places. *)
StockAddsUp == \A at \in Positions(log) : IsCut(log, at) =>
  LET states == StatesAt(log, at)
      count == countStock(states)
  IN /\ \A unitNo \in UnitNos : Cardinality(Places(states, unitNo)) = 1
     /\ count.free + count.held + count.inTransit + count.withdrawn = Stock

=============================================================================
