namespace LstmOrleans.Recording.Sampling;

/// <summary>Something that can be read once per row: a file of /proc, a probe, the recorder itself.</summary>
internal interface IReadingSource
{
    /// <summary>Adds what is there now. What the machine does not have is not added.</summary>
    void Read(List<Reading> into);
}
