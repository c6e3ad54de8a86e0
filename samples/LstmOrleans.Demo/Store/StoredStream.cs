namespace LstmOrleans.Demo.Store;

/// <summary>Where a stream's application stands: the outputs up to the position are stored with it.</summary>
/// <param name="Id">The stream's place in the run.</param>
/// <param name="Incarnation">Chosen and stored before the stream was opened, so that opening again finds it.</param>
/// <param name="Position">The last position whose answer was folded and stored.</param>
/// <param name="Fold">Both scorers at that position; empty at 0.</param>
internal sealed record StoredStream(int Id, ulong Incarnation, long Position, StoredFold Fold);

/// <summary>The bytes of both scorers.</summary>
/// <param name="Lstm">The scorer over the LSTM's answers.</param>
/// <param name="RunningMean">The scorer over the running mean's.</param>
internal readonly record struct StoredFold(byte[] Lstm, byte[] RunningMean);

/// <summary>What a batch of answers adds to a stream, all of it or nothing.</summary>
/// <param name="StreamId">The stream's place in the run.</param>
/// <param name="FirstPosition">Position of the first answer.</param>
/// <param name="Count">Answers.</param>
/// <param name="Answers">(count, 8), as they came.</param>
/// <param name="Fold">Both scorers behind the last answer.</param>
/// <param name="Alarms">Alarms and notices among the rows.</param>
internal sealed record StreamCommit(int StreamId, long FirstPosition, int Count, byte[] Answers, StoredFold Fold, IReadOnlyList<Alarm> Alarms);
