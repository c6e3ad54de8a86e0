using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Streams;

/// <summary>What an operation does to a stream: refused or repeated (no <paramref name="Next"/>), or a record that must be on disk before it is answered.</summary>
internal readonly record struct StreamDecision(StreamStatus Status, string Detail, StreamRecord? Next = null)
{
    public static StreamDecision Done { get; } = new(StreamStatus.Ok, "");

    public static StreamDecision Write(StreamRecord next) => new(StreamStatus.Ok, "", next);
}

/// <summary>Sessions, reset, close, import as functions without I/O: (record, request) to decision.</summary>
/// <remarks>
/// Every operation has an id that its caller chose and stored before: the new incarnation, or the session. A second delivery finds the id in the
/// record and does nothing, however much happened since. Who acts on a stream says which life of it, and where he knows it to stand.
/// </remarks>
internal static class StreamOperations
{
    // A thousand events a microsecond for a century; beyond it sums of positions could overflow.
    private const long MostPosition = 1L << 62;

    public static StreamDecision OpenSession(StreamRecord? record, SessionRequest request)
    {
        if (Refuse(record, request.Key, request.Incarnation) is { } refusal)
            return refusal;
        if (request.Session == 0)
            return new(StreamStatus.Invalid, "The session is 0; choose 64 random bits other than 0.");
        if (record!.OpenSession == request.Session)
            return StreamDecision.Done;
        if (record.Session == request.Session)
            return new(StreamStatus.Fenced, $"Session {request.Session:x16} of stream '{request.Key}' has ended; open one with a new id.");
        if (record.Session != request.Replaces)
        {
            return new(StreamStatus.Fenced, record.OpenSession != 0
                ? $"Session {record.Session:x16} holds stream '{request.Key}'. End it, or open a session that replaces it."
                : $"The last session of stream '{request.Key}' was {record.Session:x16}, not {request.Replaces:x16}: another one came between. Name it as the one to be replaced.");
        }

        return StreamDecision.Write(record with { Session = request.Session, Options = record.Options | StreamOptions.SessionOpen });
    }

    public static StreamDecision EndSession(StreamRecord? record, SessionRequest request)
    {
        if (Refuse(record, request.Key, request.Incarnation) is { } refusal)
            return refusal;
        if (record!.Session != request.Session || request.Session == 0)
            return new(StreamStatus.Fenced, $"Session {request.Session:x16} is not the last one of stream '{request.Key}'; it was replaced, and so has ended.");
        return record.OpenSession == 0 ? StreamDecision.Done : StreamDecision.Write(record with { Options = record.Options & ~StreamOptions.SessionOpen });
    }

    public static StreamDecision Reset(StreamRecord? record, ResetRequest request, long now)
    {
        if (record != null && record.Incarnation == request.NewIncarnation && !record.Closed)
            return StreamDecision.Done;
        if (RefuseAt(record, request.Key, request.Incarnation, request.Position) is { } refusal)
            return refusal;
        return request.NewIncarnation == 0 ? NoIncarnation : StreamDecision.Write(Fresh(record!) with
        {
            Incarnation = request.NewIncarnation,
            LastEventTime = now,
            H = new float[record!.H.Length],
            C = new float[record.C.Length],
        });
    }

    public static StreamDecision Close(StreamRecord? record, CloseRequest request, long now)
    {
        if (record is { Closed: true } && record.Incarnation == request.Incarnation && record.Position == request.Position)
            return StreamDecision.Done;
        return RefuseAt(record, request.Key, request.Incarnation, request.Position) ?? StreamDecision.Write(Tombstone(record!, now));
    }

    /// <summary>Whether a fork may copy; it writes nothing here.</summary>
    public static StreamDecision Fork(StreamRecord? record, ForkRequest request)
    {
        if (request.NewIncarnation == 0)
            return NoIncarnation;
        return request.Target == request.Key
            ? new(StreamStatus.Invalid, $"The target of the fork is '{request.Target}', the stream itself. Name another key.")
            : RefuseAt(record, request.Key, request.Incarnation, request.Position) ?? StreamDecision.Done;
    }

    public static StreamDecision Export(StreamRecord? record, ExportRequest request) =>
        RefuseAt(record, request.Key, request.Incarnation, request.Position) ?? StreamDecision.Done;

    public static StreamDecision Import(StreamRecord? record, ImportRequest request, StreamRecord imported, long now)
    {
        if (request.NewIncarnation == 0)
            return NoIncarnation;
        if (record == null)
        {
            return StreamDecision.Write(StreamSnapshot.Bare(imported) with
            {
                Incarnation = request.NewIncarnation,
                LastEventTime = now,
                Options = (imported.Options & ~StreamOptions.SessionOpen) | StreamOptions.IncarnationRequired,
            });
        }

        if (record.Closed)
            return Closed(record, request.Key);
        return record.Incarnation == request.NewIncarnation ? StreamDecision.Done
            : new(StreamStatus.AlreadyOpen, $"Stream '{request.Key}' exists (incarnation {record.Incarnation:x16}, position {record.Position}). Use another key, or close it and wait until its tombstone is gone.");
    }

    /// <summary>What no stream of ours can have been, however it was exported; null = it can.</summary>
    public static string? Impossible(StreamRecord imported)
    {
        const StreamOptions Known = StreamOptions.AnswerOutput | StreamOptions.AllowNonFinite | StreamOptions.IncarnationRequired | StreamOptions.SessionOpen;
        if (imported.WindowAnswers is < 1 or > StreamsOptions.MostWindowAnswers)
            return $"The snapshot's window is {imported.WindowAnswers} answers; it must be from 1 to {StreamsOptions.MostWindowAnswers}.";
        if (imported.WindowBytes > StreamsOptions.MostWindowBytes || imported.WindowBytes < (long)imported.AnswerSize * sizeof(float))
            return $"The snapshot's window is {imported.WindowBytes} bytes; it must hold one answer ({(long)imported.AnswerSize * sizeof(float)} bytes) and be no more than {StreamsOptions.MostWindowBytes}.";
        if (imported.Position is < 0 or > MostPosition)
            return $"The snapshot's position is {imported.Position}; it must be from 0 to {MostPosition}.";
        return !Enum.IsDefined(imported.Mode) || (imported.Options & ~Known) != 0
            ? $"The snapshot's mode {(int)imported.Mode} or options {(int)imported.Options} are not known to this version."
            : null;
    }

    /// <summary>What stays of a stream: that it was, and how far it came.</summary>
    public static StreamRecord Tombstone(StreamRecord record, long now) => Fresh(record) with
    {
        Closed = true,
        Position = record.Position,
        Confirmed = record.Position,
        History = record.History,
        ConfirmedHistory = record.History,
        LastEventTime = now,
        H = [],
        C = [],
    };

    public static StreamDecision Closed(StreamRecord record, string key) =>
        new(StreamStatus.Closed, $"Stream '{key}' was closed at position {record.Position}.");

    /// <summary>The stream without what its producers left: no positions, no session, no kept answers.</summary>
    private static StreamRecord Fresh(StreamRecord record) => record with
    {
        Session = 0,
        Options = (record.Options & ~StreamOptions.SessionOpen) | StreamOptions.IncarnationRequired,
        Position = 0,
        Confirmed = 0,
        History = StreamHistory.Empty,
        ConfirmedHistory = StreamHistory.Empty,
        Kept = default,
    };

    private static StreamDecision NoIncarnation { get; } = new(StreamStatus.Invalid, "The new incarnation is 0; choose 64 random bits other than 0.");

    private static StreamDecision? RefuseAt(StreamRecord? record, string key, ulong? incarnation, long? position)
    {
        if (Refuse(record, key, incarnation) is { } refusal)
            return refusal;
        return position is { } expected && expected != record!.Position
            ? new(StreamStatus.Gap, $"Stream '{key}' stands at position {record.Position}, not {expected}: events came since. Look at it (lstm stream show) and decide again.")
            : null;
    }

    private static StreamDecision? Refuse(StreamRecord? record, string key, ulong? incarnation)
    {
        if (record == null)
            return new(StreamStatus.NotOpen, $"Stream '{key}' is not open.");
        if (record.Closed)
            return Closed(record, key);
        return incarnation is { } expected && expected != record.Incarnation
            ? new(StreamStatus.StaleIncarnation, $"The call is for incarnation {expected:x16}; stream '{key}' has {record.Incarnation:x16}. Look at it (lstm stream show) and decide again.")
            : null;
    }
}
