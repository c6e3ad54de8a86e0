namespace LstmOrleans.Cli.Ingest;

/// <summary>Standard output: what was written cannot be taken back, so a crash between writing and storing the cursor repeats
/// rows.</summary>
internal sealed class AnswerPipe : IAnswerOutput
{
    /// <summary>What a cursor says of answers that went here.</summary>
    public const string PipeTail = "stdout";

    private readonly Stream _stream = StandardOutput.Open();

    public string Name => "stdout";

    public long Length => 0;

    public string Tail => PipeTail;

    public void Restore(long length, string tail)
    {
    }

    public void Append(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    public void Store() => _stream.Flush();

    public void Dispose() => _stream.Dispose();
}
