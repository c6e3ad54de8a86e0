namespace LstmOrleans.Cli.Ingest;

/// <summary>Where answers go.</summary>
internal interface IAnswerOutput : IDisposable
{
    /// <summary>What messages call it.</summary>
    string Name { get; }

    /// <summary>Bytes in it; those of earlier runs count where it is a file.</summary>
    long Length { get; }

    /// <summary>Goes back to a length that was stored; what is behind it was never confirmed to anybody.</summary>
    void Restore(long length);

    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Returns when all that was appended is as safe as it can be here: on disk for a file.</summary>
    void Store();
}
