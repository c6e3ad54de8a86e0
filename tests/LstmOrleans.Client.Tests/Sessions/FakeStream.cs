using System.Collections.Immutable;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Sessions;

/// <summary>The stream protocol as a small model in memory: one stream, with what is applied and what is on disk.</summary>
/// <remarks>Instead of an LSTM it folds the inputs by their history: an answer tells all inputs that went before it.</remarks>
internal sealed class FakeStream(StreamMode mode)
{
    public const string Key = "s";
    public const int InputSize = 2, AnswerSize = 2, Window = 8;

    private readonly Lock _lock = new();
    private Life _applied = new(), _durable = new();

    public long Position => _applied.Position;

    public long DurablePosition => _durable.Position;

    public ulong History => _applied.History;

    /// <summary>What a step answers.</summary>
    public static float[] AnswerTo(ulong history) => [(uint)history, (uint)(history >> 32)];

    /// <summary>Writes what is applied to disk.</summary>
    public void Checkpoint()
    {
        lock (_lock)
            _durable = _applied;
    }

    /// <summary>The process dies; what is on disk is what is left.</summary>
    public void Crash()
    {
        lock (_lock)
            _applied = _durable;
    }

    /// <summary>The disk is exchanged for an older one, or for one that got other inputs.</summary>
    public void Exchange(long position, ulong history)
    {
        lock (_lock)
            _applied = _durable = _durable with { Position = position, History = history, Confirmed = position, Kept = [] };
    }

    public OpenAnswer Open(OpenRequest request)
    {
        lock (_lock)
        {
            var opened = new OpenAnswer { ModelHash = "ab", InputSize = InputSize, AnswerSize = AnswerSize, WindowAnswers = Window, WindowBytes = 1 << 16 };
            if (_applied.Incarnation == 0)
                _applied = new Life { Incarnation = request.Incarnation };
            else if (_applied.Incarnation != request.Incarnation)
                opened = opened with { Status = StreamStatus.AlreadyOpen };
            _durable = _applied;
            return opened with { Incarnation = _applied.Incarnation, Position = _applied.Position, DurablePosition = _durable.Position };
        }
    }

    public StreamView Show()
    {
        lock (_lock)
        {
            return _durable.Incarnation == 0
                ? new StreamView { Status = StreamStatus.NotOpen }
                : new StreamView { Incarnation = _durable.Incarnation, Position = _applied.Position, DurablePosition = _durable.Position, History = _durable.History };
        }
    }

    public SessionAnswer OpenSession(SessionRequest request)
    {
        lock (_lock)
        {
            if (request.Incarnation != _applied.Incarnation)
                return Tell(StreamStatus.StaleIncarnation);
            if (_applied.Session == request.Session)
                return Tell(_applied.IsOpen ? StreamStatus.Ok : StreamStatus.Fenced);
            if (request.Replaces != _applied.Session)
                return Tell(StreamStatus.Fenced);
            _durable = _applied = _applied with { Session = request.Session, IsOpen = true };
            return Tell(StreamStatus.Ok);
        }
    }

    public SessionAnswer EndSession(SessionRequest request)
    {
        lock (_lock)
        {
            if (_applied.Session != request.Session)
                return Tell(StreamStatus.Fenced);
            _durable = _applied = _applied with { IsOpen = false };
            return Tell(StreamStatus.Ok);
        }
    }

    public StepAnswer Step(StepRequest request)
    {
        lock (_lock)
        {
            if (request.Incarnation != _applied.Incarnation)
                return Tell(StreamStatus.StaleIncarnation, "another incarnation");
            if ((request.Session ?? 0) != (_applied.IsOpen ? _applied.Session : 0))
                return Tell(StreamStatus.Fenced, "Another session.");
            Assert.Equal(request.Count * InputSize * sizeof(float), request.Inputs.Length);
            long first = request.FirstPosition!.Value, last = first + request.Count - 1;
            if (request.Count > Window)
                return Tell(StreamStatus.TooLarge, "");
            if (first > _applied.Position + 1)
                return Tell(StreamStatus.Gap, "");
            if (request.Confirmed < 0 || request.Confirmed > _applied.Position)
                return Tell(StreamStatus.Invalid, $"confirmed {request.Confirmed} at {_applied.Position}");
            var next = _applied.Confirm(request.Confirmed ?? (request.Session == null ? Math.Min(first - 1, _applied.Position) : 0));
            if (Math.Max(last, next.Position) - next.Confirmed > Window)
                return Tell(StreamStatus.WindowFull, "");
            for (long position = first; position <= last; position++)
            {
                var input = request.Inputs.Span.Slice((int)(position - first) * InputSize * sizeof(float), InputSize * sizeof(float));
                if (position > next.Position)
                    next = next.Apply(StreamHistory.Append(next.History, input));
                else if (position > next.Confirmed && StreamHistory.Append(next.HistoryAt(position - 1), input) != next.HistoryAt(position))
                    return Tell(StreamStatus.Conflict, "");
            }

            _applied = next;
            if (mode == StreamMode.Durable)
                _durable = _applied;
            long from = Math.Max(first, next.Confirmed + 1);
            if (from > last)
                return Tell(StreamStatus.Duplicate, "confirmed before");
            var answers = Enumerable.Range(0, (int)(last - from + 1)).SelectMany(index => AnswerTo(next.HistoryAt(from + index))).ToArray();
            return Tell(from > first ? StreamStatus.Duplicate : StreamStatus.Ok, "") with
            {
                Position = last,
                History = next.HistoryAt(last),
                Answers = LstmClient.ToBytes(answers),
            };
        }
    }

    private StepAnswer Tell(StreamStatus status, string detail) => new()
    {
        Status = status,
        Incarnation = _applied.Incarnation,
        Position = _applied.Position,
        DurablePosition = _durable.Position,
        History = _applied.History,
        Detail = detail,
    };

    private SessionAnswer Tell(StreamStatus status) => new()
    {
        Status = status,
        Incarnation = _applied.Incarnation,
        Session = _applied.Session,
        SessionIsOpen = _applied.IsOpen,
        Position = _applied.Position,
        DurablePosition = _durable.Position,
        Confirmed = _applied.Confirmed,
        History = _applied.History,
    };

    private sealed record Life
    {
        public ulong Incarnation { get; init; }

        public ulong Session { get; init; }

        public bool IsOpen { get; init; }

        public long Position { get; init; }

        public long Confirmed { get; init; }

        public ulong History { get; init; }

        public ulong ConfirmedHistory { get; init; }

        /// <summary>Histories of Confirmed + 1 to Position.</summary>
        public ImmutableList<ulong> Kept { get; init; } = [];

        public ulong HistoryAt(long position) => position == Confirmed ? ConfirmedHistory : Kept[(int)(position - Confirmed - 1)];

        public Life Apply(ulong history) => this with { Position = Position + 1, History = history, Kept = Kept.Add(history) };

        public Life Confirm(long confirmed) => confirmed <= Confirmed
            ? this
            : this with { Confirmed = confirmed, ConfirmedHistory = HistoryAt(confirmed), Kept = Kept.RemoveRange(0, (int)(confirmed - Confirmed)) };
    }
}
