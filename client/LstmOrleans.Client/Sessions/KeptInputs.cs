using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Sessions;

/// <summary>The inputs of consecutive positions that may have to be sent (again), and what is known of the stream's history there.</summary>
/// <remarks>
/// The history at a position is the hash of the one before and of the input. So once it is known at one position, it is known at all later
/// ones that are kept, and every answer's history can be compared with it: a stream that got other inputs is found at its next answer.
/// </remarks>
internal sealed class KeptInputs
{
    private readonly string _key;
    private readonly int _inputBytes;
    private readonly List<(byte[] Input, ulong? History)> _kept = [];

    // What is known of positions whose inputs have not come yet: where the stream stood when the producer came back.
    private readonly Dictionary<long, ulong> _ahead = [];
    private ulong? _before;

    /// <param name="key">The stream's, for messages.</param>
    /// <param name="inputSize">I.</param>
    /// <param name="position">Where nothing before has to be kept.</param>
    public KeptInputs(string key, int inputSize, long position)
    {
        (_key, _inputBytes, Dropped) = (key, inputSize * sizeof(float), position);
        if (position == 0)
            _before = StreamHistory.Empty;
    }

    /// <summary>The position up to which nothing is kept.</summary>
    public long Dropped { get; private set; }

    /// <summary>The last position whose input is here.</summary>
    public long Last => Dropped + _kept.Count;

    /// <summary>Adds the input of the next position.</summary>
    /// <exception cref="LstmException">Diverged: the stream's history was told to be another one with this input.</exception>
    public void Add(byte[] input)
    {
        ulong? before = HistoryAt(Last);
        _kept.Add((input, before is { } known ? StreamHistory.Append(known, input) : null));
        if (_ahead.Remove(Last, out ulong told))
            Learn(Last, told);
    }

    /// <summary>Inputs as one block.</summary>
    public byte[] Block(long first, int count)
    {
        byte[] block = new byte[count * _inputBytes];
        int at = (int)(first - Dropped - 1);
        for (int index = 0; index < count; index++)
            _kept[at + index].Input.CopyTo(block, index * _inputBytes);
        return block;
    }

    /// <summary>Notes the history that the stream, or its producer's own store, has at a position.</summary>
    /// <exception cref="LstmException">Diverged: it is not the one of the inputs that are remembered.</exception>
    public void Learn(long position, ulong history)
    {
        if (position < Dropped)
            return;
        if (position > Last)
        {
            if (!_ahead.TryAdd(position, history) && _ahead[position] != history)
                throw Diverged(position, _ahead[position], history);
            return;
        }

        while (true)
        {
            if (HistoryAt(position) is { } known)
            {
                // What lies behind follows from it.
                if (known == history)
                    return;
                throw Diverged(position, known, history);
            }

            Set(position, history);
            if (position == Last)
                return;
            position++;
            history = StreamHistory.Append(history, _kept[(int)(position - Dropped - 1)].Input);
        }
    }

    /// <summary>Forgets the inputs up to a position.</summary>
    /// <returns>How many those were.</returns>
    public int DropThrough(long position)
    {
        int count = (int)Math.Clamp(position - Dropped, 0, _kept.Count);
        if (count == 0)
            return 0;
        _before = _kept[count - 1].History;
        _kept.RemoveRange(0, count);
        Dropped += count;
        return count;
    }

    private ulong? HistoryAt(long position) => position == Dropped ? _before : _kept[(int)(position - Dropped - 1)].History;

    private void Set(long position, ulong history)
    {
        if (position == Dropped)
        {
            _before = history;
            return;
        }

        int at = (int)(position - Dropped - 1);
        _kept[at] = (_kept[at].Input, history);
    }

    private LstmException Diverged(long position, ulong known, ulong told) => new(StreamStatus.Diverged,
        $"Stream '{_key}' has history {told:x16} at position {position}, but the inputs sent here give {known:x16}: other inputs came. "
            + "Another producer sends to this stream, or this one's source does not repeat what it gave before. "
            + "Find out which; then reset the stream, or open another.")
    {
        Position = position,
    };
}
