using System.Runtime.InteropServices;

namespace LstmOrleans.Faults.Producers;

/// <summary>What was sent to a stream and what its producers were told, kept in the harness, which no fault touches.</summary>
internal sealed class StreamLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, uint[]> _ahead = [];
    private uint[] _answers = new uint[256];
    private long _confirmable;

    /// <summary>The highest position that ever left for a silo.</summary>
    public long Sent { get; private set; }

    /// <summary>Every position up to this one was acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>The highest position that was acknowledged; those between are told later or were given up.</summary>
    public long HighestAcknowledged { get; private set; }

    /// <summary>The highest position that was told to be durable.</summary>
    public long DurableTold { get; private set; }

    /// <summary>The highest position anybody was told of, as answered or as durable.</summary>
    public long Promised => Math.Max(HighestAcknowledged, DurableTold);

    /// <summary>Told answers that differ from an earlier one for the same position.</summary>
    public long Different { get; private set; }

    /// <summary>Applied events whose answer nobody was ever told, although nobody had confirmed them.</summary>
    public long LostAnswers { get; private set; }

    /// <summary>Positions the stream told beyond what a call can have made it.</summary>
    public long Doubled { get; private set; }

    /// <summary>Positions that were acknowledged and that the stream later said it does not have.</summary>
    public long Lost { get; private set; }

    /// <summary>Positions without a told answer because a later call confirmed them first.</summary>
    public HashSet<long> GivenUp { get; } = [];

    /// <summary>Why the producers of this stream stopped; null = they did not.</summary>
    public string? Broken { get; private set; }

    /// <summary>Why the last call that was not answered was not; for a person.</summary>
    public volatile string LastProblem = "none";

    /// <summary>Notes that a call leaves.</summary>
    /// <param name="first">Its first position.</param>
    /// <param name="count">Its inputs.</param>
    /// <param name="confirmed">What it confirms; null = a call without a session, which confirms what lies before it.</param>
    public void Sending(long first, int count, long? confirmed = null)
    {
        lock (_lock)
        {
            Sent = Math.Max(Sent, first + count - 1);
            _confirmable = Math.Max(_confirmable, confirmed ?? first - 1);
        }
    }

    /// <summary>Notes told answers to positions first, first + 1, ...</summary>
    /// <returns>How many of them were told before.</returns>
    public int Told(long first, ReadOnlySpan<byte> answers)
    {
        var bits = MemoryMarshal.Cast<byte, uint>(answers);
        int count = bits.Length / FaultModel.AnswerSize, again = 0;
        lock (_lock)
        {
            for (int index = 0; index < count; index++)
            {
                var answer = bits.Slice(index * FaultModel.AnswerSize, FaultModel.AnswerSize);
                long position = first + index;
                HighestAcknowledged = Math.Max(HighestAcknowledged, position);
                if (position <= Acknowledged)
                {
                    again++;
                    if (!GivenUp.Contains(position) && !answer.SequenceEqual(Slot(position)))
                        Different++;
                }
                else if (position == Acknowledged + 1)
                {
                    Append(answer);
                }
                else if (!_ahead.TryAdd(position, answer.ToArray()))
                {
                    again++;
                    if (!answer.SequenceEqual(_ahead[position]))
                        Different++;
                }
            }

            TakeAhead();
        }

        return again;
    }

    /// <summary>Notes a told durable position; also one that a read has shown, which is a promise like any other.</summary>
    public void ToldDurable(long position)
    {
        lock (_lock)
            DurableTold = Math.Max(DurableTold, position);
    }

    /// <summary>Notes that positions were answered Duplicate: applied and confirmed before, without their answers.</summary>
    public void ToldDuplicate(long first, long last)
    {
        lock (_lock)
        {
            HighestAcknowledged = Math.Max(HighestAcknowledged, last);
            for (long position = Math.Max(first, Acknowledged + 1); position <= last; position++)
            {
                if (_ahead.ContainsKey(position))
                    continue;
                if (position > _confirmable)
                    LostAnswers++;
                GivenUp.Add(position);
            }

            TakeAhead();
        }
    }

    /// <summary>The answer that was told for a position; empty where none was.</summary>
    public uint[] Answer(long position)
    {
        lock (_lock)
            return position <= Acknowledged && !GivenUp.Contains(position) ? Slot(position).ToArray() : [];
    }

    public void AddDoubled(long positions)
    {
        lock (_lock)
            Doubled += positions;
    }

    public void AddDifferent(long answers)
    {
        lock (_lock)
            Different += answers;
    }

    /// <summary>The stream's producers end: it has lost what was acknowledged, or refuses what must be accepted.</summary>
    public void Break(string why, long lost = 0)
    {
        lock (_lock)
        {
            if (Broken != null)
                return;
            Broken = why;
            Lost += lost;
        }
    }

    private void TakeAhead()
    {
        while (true)
        {
            if (_ahead.Remove(Acknowledged + 1, out uint[]? answer))
                Append(answer);
            else if (GivenUp.Contains(Acknowledged + 1))
                Append(new uint[FaultModel.AnswerSize]);
            else
                return;
        }
    }

    private void Append(ReadOnlySpan<uint> answer)
    {
        Acknowledged++;
        int needed = checked((int)Acknowledged * FaultModel.AnswerSize);
        if (needed > _answers.Length)
            Array.Resize(ref _answers, 2 * _answers.Length);
        answer.CopyTo(Slot(Acknowledged));
    }

    private Span<uint> Slot(long position) => _answers.AsSpan((int)(position - 1) * FaultModel.AnswerSize, FaultModel.AnswerSize);
}
